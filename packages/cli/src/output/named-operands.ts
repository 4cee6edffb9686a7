import { filterKeys, filters } from "@clipfind/core/query-language";

/** What stands for the value of an option in help texts. */
const optionValues: Readonly<Record<string, string>> = {
  ...Object.fromEntries(filterKeys.map((key) => [key, filters[key].value])),
  directory: "DIR",
  library: "DIR",
  model: "MODEL",
  hub: "URL",
  as: "ID",
  name: "NAME",
  device: "NAME",
  shard: "I/N",
  shards: "N",
  workers: "N",
  limit: "N",
  grid: "CxR",
  "older-than": "AGE",
  exclude: "GLOB",
  root: "DIR",
  "rescan-every": "TIME",
  format: "TEMPLATE",
  html: "FILE",
  "copy-to": "DIR",
  "link-to": "DIR",
  hyperlink: "WHEN",
  cutoff: "C",
  color: "WHEN",
  "log-format": "FORM",
};

/** clipanion's help says `--library #0` and `...`; people read `--library DIR`, `QUERY…` and `[DIR…]`. */
export function namedOperands(usage: string): string {
  return (
    usage
      // All commands have these: the table of options names them, a usage line need not.
      .replaceAll(" [-q,--quiet] [-v,--verbose] [--color #0] [--log-format #0]", "")
      .replaceAll(/--([\w-]+) #0( *)/g, (whole, name: string, space: string) => {
        const value = optionValues[name];
        if (value === undefined) return whole;
        // In the table of options the description stays in its column; in a usage line there is no column.
        return `--${name} ${space === "" ? value : value.padEnd(2 + space.length)}`;
      })
      // A colour code may end the line.
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/(clipfind (?:index|watch)\b.*) \.\.\.(?=\s*$|\u001b)/gm, "$1 [DIR…]")
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/(clipfind similar\b.*) <IMAGE> \.\.\.(?=\s*$|\u001b)/gm, "$1 IMAGE…")
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/(clipfind config set\b.*) <VALUE> \.\.\.(?=\s*$|\u001b)/gm, "$1 VALUE…")
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/(clipfind models verify\b.*) \.\.\.(?=\s*$|\u001b)/gm, "$1 [ID…]")
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/(clipfind merge\b.*) <LIBRARY> \.\.\.(?=\s*$|\u001b)/gm, "$1 LIBRARY…")
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/(clipfind\b.*) \.\.\.(?=\s*$|\u001b)/gm, "$1 QUERY…")
  );
}
