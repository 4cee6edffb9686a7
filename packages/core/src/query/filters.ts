import { type FilterKey, type PhotoFilter, properties } from "../photo-filter.ts";
import { readDates, readNear, readRange } from "./read-values.ts";

type Values<T> = T extends unknown ? Omit<T, "key" | "negated"> : never;

/** One filter, for the parser, the command's options, and what people read. */
export interface FilterSpec {
  /** What is written behind the colon. */
  readonly value: string;
  readonly description: string;
  /** What is expected, for errors. */
  readonly expected: string;
  /** Whether the command has an option of that name. */
  readonly isOption?: true;
  read(value: string): Values<PhotoFilter> | undefined;
}

const range =
  (withUnit = false) =>
  (value: string): Values<PhotoFilter> | undefined => {
    const found = readRange(value, withUnit);
    return found && { range: found };
  };
const dates =
  (key: "after" | "before" | "on") =>
  (value: string): Values<PhotoFilter> | undefined => {
    const found = readDates(key, value);
    return found && { dates: found };
  };
const pattern = (value: string): Values<PhotoFilter> => ({ pattern: value });
const words = (value: string): Values<PhotoFilter> | undefined => {
  const any = value.toLowerCase().split(",");
  return any.includes("") ? undefined : { any: any.map((word) => word.replace(/^\./, "")) };
};
const aDate = "a date such as 2023, 2023-06 or 2023-06-30";
const aRange = "a number or range such as >=4, 2..4 or ..4";

/** All filters there are. Parser, help and options are made from this table. */
export const filters: Readonly<Record<FilterKey, FilterSpec>> = {
  in: {
    value: "DIR",
    description: "In this folder or below it",
    expected: "a folder",
    isOption: true,
    read: (folder) => ({ folder }),
  },
  name: {
    value: "GLOB",
    description: "File name: a glob, or a part of the name",
    expected: "a file name",
    isOption: true,
    read: pattern,
  },
  ext: {
    value: "EXT,…",
    description: "Extension of the file name",
    expected: "extensions such as jpg,png",
    isOption: true,
    read: words,
  },
  type: {
    value: "TYPE,…",
    description: "What the file is: jpeg, png, raw, …",
    expected: "types such as jpeg,raw",
    isOption: true,
    read: words,
  },
  size: {
    value: "RANGE",
    description: "Size of the file: >5MB, 100kB..2MB",
    expected: "a size or range such as >5MB",
    read: range(true),
  },
  width: { value: "RANGE", description: "Pixels across: >=4000", expected: aRange, read: range() },
  height: { value: "RANGE", description: "Pixels down", expected: aRange, read: range() },
  after: {
    value: "DATE",
    description: "Taken on or after the first moment of it: 2023, 2023-06-30",
    expected: aDate,
    isOption: true,
    read: dates("after"),
  },
  before: {
    value: "DATE",
    description: "Taken before the first moment of it",
    expected: aDate,
    isOption: true,
    read: dates("before"),
  },
  on: {
    value: "DATES",
    description: "Taken within: 2023-06, 2023-06..2023-08, *-12-25",
    expected: "dates such as 2023-06, 2023-06..2023-08 or *-12-25",
    isOption: true,
    read: dates("on"),
  },
  camera: {
    value: "TEXT",
    description: "Part of the camera's name, or a glob",
    expected: "a name",
    isOption: true,
    read: pattern,
  },
  lens: { value: "TEXT", description: "Part of the lens's name, or a glob", expected: "a name", read: pattern },
  near: {
    value: "PLACE",
    description: "Taken near a place: 48.85,2.35,5km",
    expected: "a place such as 48.85,2.35,5km",
    isOption: true,
    read: readNear,
  },
  has: {
    value: properties.join("|"),
    description: "Has such a property",
    expected: `one of ${properties.join(", ")}`,
    read: (value) => {
      const property = properties.find((name) => name === value);
      return property && { property };
    },
  },
  tag: {
    value: "WORD",
    description: "Has this keyword, or one a glob fits",
    expected: "a keyword",
    isOption: true,
    read: pattern,
  },
  rating: { value: "RANGE", description: "Stars: >=4", expected: aRange, isOption: true, read: range() },
  dup: {
    value: "yes|no",
    description: "Whether there are copies of the file",
    expected: "yes or no",
    read: (value) => (value === "yes" || value === "no" ? { copies: value === "yes" } : undefined),
  },
  score: { value: "RANGE", description: "Cosine of query and photo: >0.25", expected: aRange, read: range() },
};

export const filterKeys = Object.keys(filters) as readonly FilterKey[];
