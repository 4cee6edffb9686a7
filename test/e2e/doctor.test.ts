import { createHash } from "node:crypto";
import { cpSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { directory as mini } from "@clipfind/model-mini";
import { describe, expect, test } from "vitest";
import { Vectors } from "../../packages/core/src/vectors.ts";
import type { Run } from "../support/clipfind.ts";
import { flip, newest, storeFiles, storeOf } from "../support/damage.ts";
import { copyDrawings } from "../support/drawings.ts";
import { useWorld } from "../support/world.ts";

const world = useWorld();
/** With the mini model, no installed ones, and a cache of its own. */
const run = (library: string, args: readonly string[], env: Record<string, string> = {}): Promise<Run> =>
  world.run(library, args, {
    env: {
      CLIPFIND_MODEL: "",
      CLIPFIND_MODELS: join(library, "no models"),
      XDG_CACHE_HOME: join(library, "cache"),
      ...env,
    },
  });

interface Document {
  readonly findings: readonly { readonly severity: string; readonly what: string; readonly todo: string }[];
  readonly software: Record<string, string | null>;
  readonly models: Record<string, unknown>;
  readonly library: Record<string, unknown>;
}

async function diagnosis(
  library: string,
  env: Record<string, string> = {},
): Promise<Document & { code: number | null }> {
  const { code, stdout, stderr } = await run(library, ["doctor", "--json"], env);
  expect(stderr).toBe("");
  return { code, ...(JSON.parse(stdout) as Document) };
}

/** What was found, shortened: severity and beginning of each finding, and what to do about it. */
function told({ code, findings }: Awaited<ReturnType<typeof diagnosis>>): unknown {
  return { code, findings: findings.map(({ severity, what, todo }) => [severity, what, todo]) };
}

async function indexed(): Promise<{ library: string; photos: string }> {
  const [library, photos] = [join(world.directory(), "library"), world.directory()];
  copyDrawings(photos, 0, 3);
  expect((await run(library, ["index", photos])).code).toBe(0);
  rmSync(join(library, "cache"), { recursive: true, force: true });
  return { library, photos };
}

/** Names and content of all files below a directory, but those by which SQLite's readers and writers know each other. */
function stateOf(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter(
    (name) => !/^(?:cache|catalog\.db-(?:shm|wal))/.test(name),
  );
  const files = names.filter((name) => statSync(join(directory, name)).isFile());
  return Object.fromEntries(
    files.map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(directory, name)))
        .digest("hex"),
    ]),
  );
}

const knowsDrawings = [
  "note",
  "The library is indexed with the mini model, which knows drawings and no photographs",
  expect.stringContaining("clipfind models pull") as string,
];

describe("a library that is well", () => {
  test("doctor says so, exit 0, and changes nothing", async () => {
    const { library, photos } = await indexed();
    const before = stateOf(library);
    const well = await run(library, ["doctor"]);
    expect(well).toMatchObject({ code: 0, stderr: "" });
    const lines = well.stdout.split("\n");
    expect(lines[0]).toMatch(/^clipfind   0\.1\.0 on Node v\d+\.\d+\.\d+$/);
    expect(lines[1]).toMatch(
      /^parts {6}onnxruntime \d\S+, sharp \d\S+ \(libvips \d\S+\), SQLite \d\S+, native part loaded$/,
    );
    expect(lines.find((line) => line.startsWith("library"))).toMatch(`${library} (by CLIPFIND_LIBRARY), `);
    expect(lines).toContain(`folders    ${photos}`);
    expect(lines).toContain("photos     3 files in 1 folder, 0 missing, 0 failed");
    expect(well.stdout).toMatch(
      /\nvectors {4}clipfind mini \(drawings\) in fp32 on cpu: 3 vectors in 1 shard, \S+ MB, searched\n/,
    );
    expect(well.stdout).toMatch(
      /\n\nnote: The library is indexed with the mini model.*\n {2}→ .*`clipfind models pull`.*\nAll is well; 1 note\.\n$/,
    );
    expect(stateOf(library)).toEqual(before);
    const document = await diagnosis(library);
    expect(Object.keys(document)).toEqual([
      "code",
      "version",
      "software",
      "machine",
      "devices",
      "models",
      "library",
      "findings",
    ]);
    expect(told(document)).toEqual({ code: 0, findings: [knowsDrawings] });
  });
});

describe("what is wrong is told with what to do", () => {
  test("no library: it is not made", async () => {
    const library = join(world.directory(), "none");
    const found = await diagnosis(library);
    expect(told(found)).toEqual({
      code: 1,
      findings: [["problem", `There is no library in ${library} yet`, "Make one: `clipfind index DIR`"]],
    });
    expect(found.library).toMatchObject({ exists: false, by: "CLIPFIND_LIBRARY", files: null });
    expect(readdirSync(dirname(library))).toEqual([]);
  });

  test("vectors with a damaged row, and vectors that do not open", async () => {
    const { library } = await indexed();
    flip(newest(library, /\.wal$/), -100);
    const damaged = await diagnosis(library);
    expect(told(damaged)).toEqual({
      code: 1,
      findings: [
        [
          "problem",
          expect.stringContaining(storeOf(library)) as string,
          "Run `clipfind index`: it repairs the vectors first",
        ],
        knowsDrawings,
      ],
    });
    for (const manifest of storeFiles(library, /manifest/)) writeFileSync(manifest, "{");
    const broken = await diagnosis(library);
    expect(told(broken)).toEqual({
      code: 1,
      findings: [
        [
          "problem",
          expect.stringContaining(storeOf(library)) as string,
          expect.stringContaining("`clipfind repair`, then `clipfind index`") as string,
        ],
        knowsDrawings,
      ],
    });
    // The rest is told all the same.
    expect(broken.library).toMatchObject({ files: { present: 3 }, models: [{ vectors: null, modelWhole: true }] });
    rmSync(storeOf(library), { recursive: true });
    expect((await diagnosis(library)).findings[0]).toMatchObject({
      severity: "problem",
      what: expect.stringContaining("The vectors of clipfind mini (drawings) are gone") as string,
    });
  });

  test("a catalog that is no database", async () => {
    const { library } = await indexed();
    writeFileSync(join(library, "catalog.db"), "garbage".repeat(1000));
    const found = await diagnosis(library);
    expect(told(found)).toEqual({
      code: 1,
      findings: [
        [
          "problem",
          expect.stringContaining(`The catalog ${join(library, "catalog.db")} is damaged`) as string,
          expect.stringContaining("Restore the file from a backup") as string,
        ],
      ],
    });
  });

  test("a model of which a byte is another, and one that is gone", async () => {
    const [library, photos, models] = [join(world.directory(), "library"), world.directory(), world.directory()];
    copyDrawings(photos, 0, 1);
    cpSync(mini, join(models, "copied"), { recursive: true });
    // Not the mini model any more by its fingerprint: that is found where the package lies.
    const manifest = join(models, "copied/model.json");
    const text = readFileSync(manifest, "utf8");
    writeFileSync(manifest, text.replace(/"contextLength": \d+/, '"contextLength": 76'));
    const env = { CLIPFIND_MODELS: models, CLIPFIND_MODEL: "copied" };
    expect((await run(library, ["index", photos], env)).code).toBe(0);
    expect(told(await diagnosis(library, env))).toEqual({ code: 0, findings: [] });

    flip(join(models, "copied/visual/model.onnx"), 5000);
    // One that cannot even be looked at hides no other.
    symlinkSync("circle", join(models, "circle"));
    const damaged = await diagnosis(library, env);
    expect(damaged.code).toBe(1);
    expect(damaged.findings.map(({ what }) => what.split(":", 1)[0])).toEqual([
      "The model circle cannot be used",
      "The model copied cannot be used",
      expect.stringMatching(/^The library's model .* cannot be used$/),
    ]);
    expect(damaged.findings[1]?.todo).toContain("`clipfind models remove copied`");

    renameSync(join(models, "copied"), join(models, "moved"));
    const gone = await diagnosis(library, { CLIPFIND_MODELS: models, CLIPFIND_MODEL: "copied" });
    expect(gone.code).toBe(1);
    expect(gone.findings.map(({ what }) => what).join("\n")).toContain("copied is neither a directory nor a model");
  });

  test("a folder whose drive is not there, and files that could not be read", async () => {
    const { library, photos } = await indexed();
    writeFileSync(join(photos, "broken.jpg"), "no picture");
    expect((await run(library, ["index"])).code).toBe(1);
    renameSync(photos, `${photos} away`);
    expect(told(await diagnosis(library))).toEqual({
      code: 1,
      findings: [
        ["problem", `The folder ${photos} cannot be read: not found`, expect.stringContaining("--prune") as string],
        ["note", "One file could not be read", expect.stringContaining("clipfind status --failed") as string],
        knowsDrawings,
      ],
    });
  });

  test("a process that writes to it is named, and is no problem", async () => {
    const { library } = await indexed();
    using writer = Vectors.open(storeOf(library), { dims: 512, write: true });
    expect(writer.stats().live).toBe(3);
    expect(told(await diagnosis(library))).toEqual({
      code: 0,
      findings: [
        knowsDrawings,
        [
          "note",
          expect.stringMatching(
            new RegExp(`^Process ${process.pid} on .* is writing to the library since 20`),
          ) as string,
          expect.stringContaining("Wait until it has ended") as string,
        ],
      ],
    });
  });

  test("settings that name what is not there", async () => {
    const { library } = await indexed();
    const found = await diagnosis(library, { CLIPFIND_DEVICE: "gpu", CLIPFIND_KERNEL: "mmx" });
    expect(found.code).toBe(1);
    expect(found.findings.map(({ what, todo }) => `${what} → ${todo}`)).toEqual([
      expect.stringMatching(/mmx.*→ Unset CLIPFIND_KERNEL, or set it to one of scalar/),
      expect.stringMatching(/^CLIPFIND_DEVICE names no device: gpu → Set it to auto, cpu/),
      expect.stringContaining("mmx"),
      expect.stringContaining("mini model"),
    ]);
  });

  test("a native part that cannot be loaded: all others are looked at nevertheless", async () => {
    const { library } = await indexed();
    const hook =
      'import { registerHooks } from "node:module"; registerHooks({ resolve(name, context, next) { ' +
      'if (name === "@clipfind/native") throw new Error("no add-on here"); return next(name, context); } });';
    const options = `--import=data:text/javascript,${encodeURIComponent(hook)}`;
    const found = await diagnosis(library, { NODE_OPTIONS: options });
    expect(found.code).toBe(1);
    expect(found.findings[0]).toEqual({
      severity: "problem",
      what: "clipfind's native part cannot be loaded: no add-on here",
      todo: expect.stringContaining("Install clipfind again") as string,
    });
    expect(found.software).toMatchObject({ addon: null, sqlite: expect.any(String) as string });
    expect(found.models).toMatchObject({ models: [{ id: "mini", whole: true }] });
    expect(found.library).toMatchObject({ directory: library, exists: true, writable: true });
  });
});
