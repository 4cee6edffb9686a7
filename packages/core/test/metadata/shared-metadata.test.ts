import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { shared, sharedMissing } from "../../../../test/support/shared.ts";
import { readMetadata } from "../../src/metadata/read-metadata.ts";

/** CPU time that one file may take, in milliseconds: the largest have tens of megabytes. */
const mostMs = 500;

test(
  "what every file of metadata, formats and hostile says of itself is read, soon and without an error",
  { timeout: 120_000 },
  async ({ skip }) => {
    skip(shared === undefined, sharedMissing);
    const files = ["metadata", "formats", "hostile"].flatMap((folder) =>
      readdirSync(path.join(shared!, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(shared!, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, "/")),
    );
    files.sort();
    const slow: string[] = [];
    const table = files.map((file) => {
      const bytes = readFileSync(path.join(shared!, file));
      const before = process.cpuUsage();
      const metadata = readMetadata(bytes);
      const { user, system } = process.cpuUsage(before);
      if ((user + system) / 1000 > mostMs) slow.push(file);
      // People's words are theirs: their length tells enough.
      const caption = metadata.caption && `${metadata.caption.length} characters`;
      return `${file}: ${JSON.stringify({ ...metadata, caption })}`;
    });
    await expect(`${table.join("\n")}\n`).toMatchFileSnapshot("shared-metadata.outcomes.txt");
    expect(slow).toEqual([]);
  },
);
