// `node scripts/bundle.ts PACKAGE ENTRY… [--inline DEPENDENCY…] [--together MODULE,…]…`: what tsc made in a package's dist/ as few files in
// dist/bundle/. Finding, reading and linking a hundred small modules takes Node longer than a search of 100,000 photos;
// what is imported dynamically stays apart. Dependencies are imported as before, but for those inlined, whose licences go
// into dist/bundle/LICENSES.txt. Workers, which are started by file name, are taken from dist/. All that MODULEs
// import statically, and none named before them, becomes one file.
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { rolldown } from "rolldown";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    inline: { type: "string", multiple: true, default: [] },
    together: { type: "string", multiple: true, default: [] },
  },
});
const [name, ...entries] = positionals as [string, ...string[]];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "packages", name, "dist");
const target = join(dist, "bundle");
const inlined = new Set(values.inline);

const taken = new Set<string>();
const groups = values.together.map((names) => {
  const modules = new Set<string>();
  for (const module of names.split(",")) collect(join(dist, `${module}.js`), modules);
  for (const module of modules) taken.add(module);
  return { name: `${names.split(",")[0]?.replaceAll("/", "-")}-all`, test: (id: string) => modules.has(id) };
});

rmSync(target, { recursive: true, force: true });
const bundle = await rolldown({
  input: Object.fromEntries(entries.map((entry) => [entry, join(dist, `${entry}.js`)])),
  platform: "node",
  external: (id) => !id.startsWith(".") && !id.startsWith(sep) && !inlined.has(packageOf(id)) && !id.startsWith("\0"),
  plugins: [
    {
      name: "where a module was",
      // What a module looks for lies beside the file that tsc made.
      transform: (code, id) =>
        id.startsWith(dist) && code.includes("import.meta.url")
          ? code.replaceAll("import.meta.url", `new URL(${JSON.stringify(placeOf(id))}, import.meta.url).href`)
          : null,
    },
  ],
});
const { output } = await bundle.write({ dir: target, format: "esm", codeSplitting: { groups } });
await bundle.close();

const licences = new Map<string, string>();
for (const chunk of output) {
  for (const id of chunk.type === "chunk" ? chunk.moduleIds : []) {
    const place = /^(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(id.replaceAll(sep, "/"));
    if (place !== null) licences.set(place[2]!, licenceOf(place[1]!));
  }
}
if (licences.size > 0) {
  const texts = [...licences.keys()]
    .toSorted()
    .map((dependency) => `${dependency}\n\n${licences.get(dependency)!.trim()}\n`);
  writeFileSync(join(target, "LICENSES.txt"), texts.join(`\n${"-".repeat(80)}\n\n`));
}

/** The module and all of the package that it imports statically, as far as no group has it. */
function collect(module: string, found: Set<string>): void {
  if (taken.has(module) || found.has(module)) return;
  found.add(module);
  const imports = /^(?:import|export) (?:[^"';]*? from )?"(\.[^"]+)";?$/gm;
  for (const [, place] of readFileSync(module, "utf8").matchAll(imports)) {
    collect(join(dirname(module), place as string), found);
  }
}

/** `@scope/name/file` → `@scope/name` */
function packageOf(id: string): string {
  return id.split("/", id.startsWith("@") ? 2 : 1).join("/");
}

/** Where a module lies, as seen from the bundle. */
function placeOf(id: string): string {
  return encodeURI(relative(target, id).split(sep).join("/"));
}

function licenceOf(directory: string): string {
  const file = readdirSync(directory).find((found) => /^licen[cs]e/i.test(found));
  if (file !== undefined) return readFileSync(join(directory, file), "utf8");
  const manifest = join(directory, "package.json");
  const { license } = JSON.parse(existsSync(manifest) ? readFileSync(manifest, "utf8") : "{}") as { license?: string };
  if (license === undefined) throw new Error(`${directory}: no licence`);
  return `Licence: ${license}`;
}
