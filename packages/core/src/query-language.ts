/** What the command needs of the query language; loads nothing else of the library. */
export { filterKeys, filters, type FilterSpec } from "./query/filters.ts";
export { oneSlip } from "./query/nearest-key.ts";
export { parseQuery } from "./query/parse-query.ts";
export type { FilterKey, PhotoFilter } from "./photo-filter.ts";
