import { appendFileSync, copyFileSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { needsShared, shared } from "../support/shared.ts";
import { hitsOf, useWorld } from "../support/world.ts";

describe.skipIf(shared === undefined)(needsShared("clipfind similar"), () => {
  const world = useWorld();
  let library = "";
  let photos = "";
  beforeAll(async () => {
    ({ library, photos } = await world.indexed());
  });

  test("an indexed photo finds its like and never itself: not by another name, not through a link", async () => {
    const elsewhere = world.directory();
    copyFileSync(join(photos, "000000160012.jpg"), join(elsewhere, "copy.jpg"));
    symlinkSync(join(photos, "000000160012.jpg"), join(elsewhere, "link.jpg"));
    const results = [];
    for (const file of [join(photos, "000000160012.jpg"), join(elsewhere, "copy.jpg"), join(elsewhere, "link.jpg")]) {
      results.push(hitsOf(await world.run(library, ["similar", file, "--json", "-n", "100"])));
    }
    expect(results[0]).toHaveLength(50);
    expect(results[0]?.map((hit) => basename(hit.path))).not.toContain("000000160012.jpg");
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  test("a photo that is not indexed is encoded: the same picture in another file comes first with a score of 1", async () => {
    const other = join(world.directory(), "other.jpg");
    copyFileSync(join(photos, "000000160012.jpg"), other);
    appendFileSync(other, "a byte behind the end of the picture");
    const run = await world.run(library, ["similar", other, "-n", "1"], { cwd: photos });
    expect(run).toMatchObject({ code: 0, stdout: " 1.000  000000160012.jpg\n" });
  });

  test.each([
    ["no-such-file.jpg", "not found"],
    ["captions.json", "Expected a picture of a format that is read"],
    [".", "not a regular file"],
  ])("%s is refused by name, exit 2", async (file, reason) => {
    const folder = join(shared as string, "photos");
    const run = await world.run(library, ["similar", file], { cwd: folder });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(`clipfind: Cannot use ${join(folder, file)} as a query: ${reason}`);
    expect(run.stderr).not.toMatch(/^\s+at /m);
  });

  test("--json names the photo asked for", async () => {
    const document = JSON.parse(
      (await world.run(library, ["similar", "000000160012.jpg", "--json", "-n", "1"], { cwd: photos })).stdout,
    ) as object;
    expect(document).toMatchObject({ version: 1, photo: join(photos, "000000160012.jpg"), library });
  });
});
