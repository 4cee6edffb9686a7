import { sep } from "node:path";
import { type BytePath, bytePathToBuffer } from "../byte-path.ts";
import { foldedSql, foldedText } from "./folded-text.ts";
import type { DateRange, NumberRange, PhotoFilter, Property } from "../photo-filter.ts";

/** A filter that the catalog can answer. Folders are absolute paths here. */
export type CatalogFilter =
  | Exclude<PhotoFilter, { key: "in" | "score" }>
  | { readonly key: "in"; readonly negated: boolean; readonly path: BytePath };

/** A condition in SQL, and its parameters in order. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** Of these a photo has one: several that are not negated mean any of them. */
const alternatives = new Set(["in", "name", "ext", "type", "on", "camera", "lens", "near"]);
/** These are about a file, not about what it contains. */
const ofFiles = new Set(["in", "name", "ext"]);
/** These are about what it contains, and known of every photo. */
const ofContents = new Set(["type", "size", "width", "height", "dup"]);
const formats: Readonly<Record<string, string>> = { jpg: "jpeg", tif: "tiff", heif: "heic", jp2: "jpeg2000" };
const always: Condition = { sql: "1", values: [] };
const never: Condition = { sql: "0", values: [] };
/** Mean radius of the earth in metres (IUGG). */
const earth = 6_371_008.8;

/** Whether the filter is about what a photo says of itself. */
export function needsMetadata({ key }: CatalogFilter): boolean {
  return !ofFiles.has(key) && !ofContents.has(key);
}

/** What contents `c` (with metadata `m`) and their files `f` must meet. */
export function conditions(filters: readonly CatalogFilter[]): { content: Condition; file: Condition } {
  const of = (some: readonly CatalogFilter[]): Condition => {
    const groups = new Map<unknown, CatalogFilter[]>();
    for (const filter of some) {
      const group = alternatives.has(filter.key) && !filter.negated ? filter.key : filter;
      groups.set(group, [...(groups.get(group) ?? []), filter]);
    }
    const each = Array.from(groups.values(), (group) =>
      joined(
        group.map((one) => signed(one)),
        " OR ",
      ),
    );
    return joined(each, " AND ");
  };
  return {
    content: of(filters.filter(({ key }) => !ofFiles.has(key))),
    file: of(filters.filter(({ key }) => ofFiles.has(key))),
  };
}

function joined(all: readonly Condition[], operator: string): Condition {
  if (all.length === 0) return always;
  return { sql: `(${all.map(({ sql }) => sql).join(operator)})`, values: all.flatMap(({ values }) => values) };
}

/** What is not known does not meet a filter, and meets its negation. */
function signed(filter: CatalogFilter): Condition {
  const { sql, values } = condition(filter);
  return { sql: `${filter.negated ? "NOT " : ""}coalesce(${sql}, 0)`, values };
}

function condition(filter: CatalogFilter): Condition {
  if (filter.key === "in") return within(filter.path);
  if (filter.key === "name") return fits("CAST(f.name AS TEXT)", filter.pattern);
  if (filter.key === "ext") {
    return joined(
      filter.any.map((ext) => ({
        sql: `${foldedSql("CAST(f.name AS TEXT)")} LIKE ? ESCAPE '\\'`,
        values: [`%.${escaped(foldedText(ext))}`],
      })),
      " OR ",
    );
  }
  if (filter.key === "type") {
    return {
      sql: `c.format IN (${filter.any.map(() => "?").join(", ")})`,
      values: filter.any.map((type) => formats[type] ?? type),
    };
  }
  if (filter.key === "size") return inRange("c.bytes", filter.range);
  if (filter.key === "width" || filter.key === "height") return inRange(`c.${filter.key}`, filter.range);
  if (filter.key === "dup") {
    const files = "(SELECT count(*) FROM files g WHERE g.content_id = c.id AND g.missing_since IS NULL)";
    return { sql: `${files} ${filter.copies ? ">" : "="} 1`, values: [] };
  }
  if (filter.key === "rating") return inRange("m.rating", filter.range);
  if (filter.key === "camera" || filter.key === "lens") return fits(`m.${filter.key}`, filter.pattern);
  if (filter.key === "tag") return tagged(filter.pattern);
  if (filter.key === "has") return { sql: presence[filter.property], values: [] };
  if (filter.key === "near") return near(filter);
  return "dates" in filter ? taken(filter.dates) : never;
}

function within(path: BytePath): Condition {
  const below = path.endsWith(sep) ? path : path + sep;
  const end = Buffer.from(below, "latin1");
  end[end.length - 1] = sep.charCodeAt(0) + 1;
  return {
    sql: "f.directory_id IN (SELECT id FROM directories WHERE path = ? OR (path >= ? AND path < ?))",
    values: [bytePathToBuffer(path), Buffer.from(below, "latin1"), end],
  };
}

/** A glob, or else a part of the text, whatever its case. */
function fits(text: string, pattern: string): Condition {
  const folded = foldedText(pattern);
  return isGlob(pattern)
    ? { sql: `${foldedSql(text)} GLOB ?`, values: [folded] }
    : { sql: `instr(${foldedSql(text)}, ?) > 0`, values: [folded] };
}

function tagged(pattern: string): Condition {
  const operator = isGlob(pattern) ? "GLOB" : "=";
  return {
    sql: `EXISTS (SELECT 1 FROM keywords k WHERE k.content_id = c.id AND ${foldedSql("k.keyword")} ${operator} ?)`,
    values: [foldedText(pattern)],
  };
}

function isGlob(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}

function inRange(column: string, { min, max, aboveMin, belowMax }: NumberRange): Condition {
  const bounds: Condition[] = [];
  if (min !== undefined) bounds.push({ sql: `${column} ${aboveMin ? ">" : ">="} ?`, values: [min] });
  if (max !== undefined) bounds.push({ sql: `${column} ${belowMax ? "<" : "<="} ?`, values: [max] });
  return joined(bounds, " AND ");
}

function taken(dates: DateRange): Condition {
  if ("yearly" in dates) {
    const { from, to } = dates.yearly;
    const day = "CAST(strftime('%m%d', m.taken / 1000.0, 'unixepoch') AS INTEGER)";
    return { sql: `(${day} >= ? ${from <= to ? "AND" : "OR"} ${day} <= ?)`, values: [from, to] };
  }
  const { from: min, to: max } = dates;
  return inRange("m.taken", {
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max, belowMax: true as const }),
  });
}

/** The haversine formula, which is good for small distances too. */
function near({ latitude, longitude, metres }: { latitude: number; longitude: number; metres: number }): Condition {
  const half = (from: string): string => `pow(sin(radians(${from}) / 2), 2)`;
  const square = `${half("m.latitude - ?")} + cos(radians(?)) * cos(radians(m.latitude)) * ${half("m.longitude - ?")}`;
  return {
    sql: `(2 * ${earth} * asin(min(1, sqrt(${square}))) <= ?)`,
    values: [latitude, latitude, longitude, metres],
  };
}

const presence: Readonly<Record<Property, string>> = {
  caption: "m.caption IS NOT NULL",
  camera: "m.camera IS NOT NULL",
  date: "m.taken IS NOT NULL",
  gps: "(m.latitude IS NOT NULL AND m.longitude IS NOT NULL)",
  lens: "m.lens IS NOT NULL",
  rating: "m.rating IS NOT NULL",
  tag: "EXISTS (SELECT 1 FROM keywords k WHERE k.content_id = c.id)",
};
