import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { needsShared, shared } from "../support/shared.ts";
import { indexReport, useWorld } from "../support/world.ts";

describe.skipIf(shared === undefined)(needsShared("privacy"), () => {
  const world = useWorld();

  test("indexing and searching leave nothing in the home directory: no device id, no queue of telemetry", async () => {
    const [library, photos, home] = [world.directory(), world.photos(2), world.directory()];
    const env = { HOME: home, XDG_CACHE_HOME: "", ORT_DISABLE_TELEMETRY: "" };
    expect(indexReport(await world.run(library, ["index", photos, "--json"], { env }))).toMatchObject({ encoded: 2 });
    expect((await world.run(library, ["pizza"], { env })).code).toBe(0);
    expect(readdirSync(home, { recursive: true })).toEqual([]);
  });
});
