/** A range of numbers; a bound that is not given does not count. */
export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  /** The bound itself is left out. */
  readonly aboveMin?: true;
  readonly belowMax?: true;
}

/** Wall-clock time of taking, in ms since 1970 as if it were UTC, from included, to left out; or days of every year. */
export type DateRange =
  | { readonly from?: number; readonly to?: number }
  /** Month × 100 + day, both included; from > to goes over the turn of the year. */
  | { readonly yearly: { readonly from: number; readonly to: number } };

/** What photos may have. */
export const properties = ["caption", "camera", "date", "gps", "lens", "rating", "tag"] as const;
export type Property = (typeof properties)[number];

/** One thing that photos must be, or must not be. */
export type PhotoFilter = { readonly negated: boolean } & (
  | { readonly key: "in"; readonly folder: string }
  | { readonly key: "name"; readonly pattern: string }
  | { readonly key: "ext" | "type"; readonly any: readonly string[] }
  | { readonly key: "height" | "rating" | "score" | "size" | "width"; readonly range: NumberRange }
  | { readonly key: "after" | "before" | "on"; readonly dates: DateRange }
  | { readonly key: "camera" | "lens" | "tag"; readonly pattern: string }
  | { readonly key: "near"; readonly latitude: number; readonly longitude: number; readonly metres: number }
  | { readonly key: "has"; readonly property: Property }
  | { readonly key: "dup"; readonly copies: boolean }
);
export type FilterKey = PhotoFilter["key"];
