import { filterKeys, filters } from "@clipfind/core/query-language";
import { Option } from "clipanion";

const names = filterKeys.filter((key) => filters[key].isOption === true);

/** The options that are filters: those of the query language's table that have one. */
export function filterOptions(): Readonly<Record<string, string[]>> {
  return Object.fromEntries(
    names.map((key) => {
      const { value, description } = filters[key];
      return [`filter-${key}`, Option.Array(`--${key}`, { description: `${description} (${key}:${value})` })];
    }),
  ) as unknown as Record<string, string[]>;
}

/** The filters that were given as options to a command which has filterOptions(), as the query language writes them. */
export function givenFilters(command: object): string[] {
  const given = command as Readonly<Record<string, string[] | undefined>>;
  return names.flatMap((key) => (given[`filter-${key}`] ?? []).map((value) => `${key}:${value}`));
}
