// The second part of `npm run demo`: real photographs, where there are some to show. Needs the test data folder `shared`
// beside the repository, or CLIPFIND_MODEL and a folder as argument; without either it has nothing to say.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { shared } from "../test/support/shared.ts";
import { makeStandinModel } from "../test/support/standin-model.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = join(root, "packages/cli/dist/bundle/main.js");
const place = join(root, ".demo");
const library = join(place, "photos-library");

const photos = process.argv[2] ?? (shared && join(shared, "photos"));
const model = process.env["CLIPFIND_MODEL"] ?? (shared && (await standin(shared)));
if (photos === undefined || model === undefined) process.exit(0);

// From the beginning each time, so that the first run and the tenth show the same.
rmSync(library, { recursive: true, force: true });

say(
  process.env["CLIPFIND_MODEL"] === undefined
    ? "And photographs, with the stand-in model of the test data: it is no CLIP, but it has seen photographs."
    : "And photographs, with the model you named.",
);
clipfind("index", photos, "--model", model);
for (const query of ["pizza", "an elephant", "a laptop on a desk"]) clipfind("-n", "3", ...query.split(" "));

/** The stand-in dual encoder as a model directory, made once. */
async function standin(folder: string): Promise<string> {
  const directory = join(place, "models/standin");
  if (existsSync(join(directory, "model.json"))) return directory;
  mkdirSync(directory, { recursive: true });
  return makeStandinModel(folder, directory);
}

function clipfind(...args: string[]): void {
  process.stdout.write(
    `\n$ clipfind ${args.map((arg) => (isAbsolute(arg) ? relative(process.cwd(), arg) : arg)).join(" ")}\n`,
  );
  const started = performance.now();
  const { status } = spawnSync(process.execPath, [main, ...args], {
    stdio: "inherit",
    env: { ...process.env, CLIPFIND_LIBRARY: library },
  });
  process.stdout.write(`(${((performance.now() - started) / 1000).toFixed(2)} s, the start of the program included)\n`);
  // 1: some photo could not be read, or nothing was found; the output says so.
  if (status !== 0 && status !== 1) process.exit(status ?? 1);
}

function say(text: string): void {
  process.stdout.write(`\n${text}\n`);
}
