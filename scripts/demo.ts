// `npm run demo`: indexes photos and asks for some, with the real command line, without a network.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { shared } from "../test/support/shared.ts";
import { makeStandinModel } from "../test/support/standin-model.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = join(root, "packages/cli/dist/main.js");
const place = join(root, ".demo");
const library = join(place, "library");

const photos = process.argv[2] ?? (shared && join(shared, "photos"));
const model = process.env["CLIPFIND_MODEL"] ?? (shared && (await standin(shared)));
if (photos === undefined || model === undefined) {
  process.stderr.write(
    [
      "The demo found neither photos nor a model: the test data folder `shared` does not lie beside the repository.",
      "Show it your own:  CLIPFIND_MODEL=MODEL_DIR npm run demo -- PHOTO_DIR",
      "docs/models.md tells what a model directory is.",
      "",
    ].join("\n"),
  );
  process.exit(1);
}

// From the beginning each time, so that the first run and the tenth show the same.
rmSync(library, { recursive: true, force: true });

say("1. Index a folder of photos.");
clipfind("index", photos, "--model", model);
say("2. Index it again: nothing has changed, so nothing is read.");
clipfind("index");
say("3. Find photos by what they show.");
for (const query of ["pizza", "an elephant", "a laptop on a desk"]) clipfind("-n", "3", ...query.split(" "));

const command = `node ${relative(process.cwd(), main) || main}`;
say(
  [
    "The scores come from the stand-in model unless you named another: it is no CLIP and knows little. Try next:",
    `  ${command} --library ${relative(process.cwd(), library)} people on a beach`,
    `  ${command} --library ${relative(process.cwd(), library)} status`,
    `  ${command} index --help`,
  ].join("\n"),
);

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
