import type { LibraryStatus } from "@clipfind/core";
import { Command, Option } from "clipanion";
import { LibraryCommand } from "../library-command.ts";
import { exitCode } from "../exit-code.ts";
import { plural } from "../output/plural.ts";
import { printable } from "../output/printable.ts";

/** `clipfind status`: what the index holds. */
export class StatusCommand extends LibraryCommand {
  static override paths = [["status"], ["library", "info"]];

  static override usage = Command.Usage({
    category: "Photos",
    description: "show what the index holds",
    details: `
      Failed are files that could not be read or decoded. They are not tried again until they change; \`clipfind index
      --retry-failed\` tries them all. Missing are files that the last index run did not find. Dates, places and keywords
      of photos that an earlier version has indexed are read by the next index run; until then it says how many lack them.

      Exit codes: 0 shown, 2 there is no index or it cannot be read.
    `,
    examples: [
      ["Show the index in use", "$0 status"],
      ["Which files could not be read, and why", "$0 status --failed"],
    ],
  });

  failed = Option.Boolean("--failed", false, { description: "List the files that have no vector, with the reason" });

  override async run(): Promise<number> {
    await using library = await this.openLibrary({ mustExist: true });
    const status = library.status();
    for (const warning of status.warnings) this.complain(warning);
    if (this.json) this.print(JSON.stringify({ version: 1, ...status }, null, 2));
    else if (this.failed) for (const { path, reason } of status.failed) this.print(`${printable(path)}: ${reason}`);
    else for (const line of statusLines(status)) this.print(line);
    return exitCode.ok;
  }
}

function statusLines(status: LibraryStatus): string[] {
  const { directory, roots, model, otherModels, files, undescribed, vectors } = status;
  const rows: [string, string][] = [
    ["library", printable(directory)],
    ...roots.map((root, index): [string, string] => [index === 0 ? "folders" : "", printable(root)]),
    ["photos", `${plural(files.present, "file")}, ${files.missing} missing, ${files.failed} failed`],
  ];
  if (undescribed > 0) {
    rows.push(["metadata", `of ${plural(undescribed, "photo")} not read yet: \`clipfind index\` reads it`]);
  }
  if (model !== undefined) rows.push(["model", modelText(model)]);
  for (const other of otherModels) {
    rows.push(["", `${other.complete ? "also" : "in the making:"} ${modelText(other)}`]);
  }
  if (vectors !== undefined) {
    const { live, shards, segments, bytes, kernel } = vectors;
    const size = `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    const parts = `${plural(shards, "shard")}, ${plural(segments, "segment")}`;
    rows.push(["vectors", `${plural(live, "vector")} in ${parts}, ${size}, kernel ${kernel}`]);
  }
  return rows.map(([name, value]) => `${name.padEnd(8)} ${value}`);
}

function modelText({ name, dims, directory, precision, devices }: NonNullable<LibraryStatus["model"]>): string {
  const madeOn = devices.every((device) => device === "cpu") ? "" : ` on ${devices.join(", ")}`;
  return `${printable(name)} in ${precision}${madeOn}, ${dims} dimensions (${printable(directory)})`;
}
