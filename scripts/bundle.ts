// `node scripts/bundle.ts PACKAGE ENTRY… [--inline DEPENDENCY[=FILE]…] [--together MODULE,…]… [--modules ID]…`: what tsc made in a package's
// dist/ as few files in dist/bundle/. Finding, reading and linking a hundred small modules takes Node longer than a search
// of 100,000 photos; what is imported dynamically stays apart. They are CommonJS, which Node loads without the machinery
// of ECMAScript's modules and without asking its own for all that they export (docs/decisions/0015). Dependencies
// are imported as before, but for those inlined (FILE of them, where it is not their main one), whose licences go into
// dist/bundle/LICENSES.txt; what an inlined one looks for beside its main file is found where it is installed. Workers,
// which are started by file name, are taken from dist/. All that MODULEs import statically, and none named before
// them, becomes one file. `--modules ID` allows an ECMAScript module among what is imported: it costs its importers the
// time that the others save.
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { rolldown } from "rolldown";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    inline: { type: "string", multiple: true, default: [] },
    modules: { type: "string", multiple: true, default: [] },
    together: { type: "string", multiple: true, default: [] },
  },
});
const [name, ...entries] = positionals as [string, ...string[]];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "packages", name, "dist");
const target = join(dist, "bundle");
/** The inlined, each with the file of it that is meant where it is imported. */
const inlined = new Map<string, string | undefined>(
  values.inline.map((each) => each.split("=", 2)).map(([dependency, file]) => [dependency as string, file]),
);
const resolve = createRequire(join(dist, "index.js")).resolve;

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
      name: "the file of a package that is meant",
      resolveId: (id) => {
        const file = inlined.get(id);
        return file === undefined ? null : resolve(`${id}/${file}`);
      },
    },
    {
      name: "where a module was",
      // What a module looks for lies beside the file that tsc made, or where its package is installed.
      transform: (code, id) => (id.startsWith(dist + sep) ? ownPlaces(code, id) : installedPlaces(code, id)),
    },
    { name: "what few calls need is loaded by the first", renderChunk: lazily },
  ],
});
const { output } = await bundle.write({
  dir: target,
  chunkFileNames: "[name].js",
  format: "cjs",
  // With import(), Node would load its machinery for modules after all.
  dynamicImportInCjs: false,
  codeSplitting: { groups },
});
await bundle.close();
writeFileSync(join(target, "package.json"), '{ "type": "commonjs" }\n');

for (const chunk of output.filter((each) => each.type === "chunk")) {
  for (const id of [...chunk.imports, ...chunk.dynamicImports]) {
    if (output.some(({ fileName }) => fileName === id) || isBuiltin(id) || values.modules.includes(id)) continue;
    if (isCommonJs(resolve(id))) continue;
    throw new Error(`${id}, which ${chunk.fileName} imports, is an ECMAScript module: --inline it`);
  }
}

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

function ownPlaces(code: string, id: string): string {
  const place = JSON.stringify(relative(target, id).split(sep).join("/"));
  return code.replaceAll(
    "import.meta.url",
    `process.getBuiltinModule("node:url").pathToFileURL(process.getBuiltinModule("node:path").join(__dirname, ${place})).href`,
  );
}

/** Only beside the main file, which alone can be found by the package's name. */
function installedPlaces(code: string, id: string): string {
  const own = [...inlined.keys()].find((each) => mainFile(each) === id);
  if (own !== undefined && /^const __dirname = .*\bimport\.meta\.url\b/m.test(code)) {
    const main = `require.resolve(${JSON.stringify(own)})`;
    return code.replaceAll("import.meta.url", `process.getBuiltinModule("node:url").pathToFileURL(${main}).href`);
  }
  if (/\bimport\.meta\.url\b/.test(code)) {
    code = code.replaceAll("import.meta.url", 'process.getBuiltinModule("node:url").pathToFileURL(__filename).href');
  }
  if (!/\b(?:import\.meta\.dirname|__dirname)\b/.test(code)) return code;
  const dependency = [...inlined.keys()].find((each) => dirname(mainFile(each) ?? "") === dirname(id));
  if (dependency === undefined) throw new Error(`${id} asks where it is, and is not beside its package's main file`);
  return code.replaceAll(
    /\b(?:import\.meta\.dirname|__dirname)\b/g,
    `process.getBuiltinModule("node:path").dirname(require.resolve(${JSON.stringify(dependency)}))`,
  );
}

/**
 * Parts of Node that it has to compile, a millisecond or more each, and that a search needs little of or nothing: an
 * object in their place loads them when it is asked for a member, as compiled code asks each time.
 */
function lazily(code: string): string {
  return code.replaceAll(
    /^let (\w+) = require\("node:(?:child_process|crypto|fs\/promises|stream|timers\/promises|tty|worker_threads|zlib)"\);$/gm,
    (line, variable: string) =>
      // A default import is taken apart at once.
      new RegExp(`^${variable} = `, "m").test(code)
        ? line
        : line.replace(/= (.*);$/, (_, load: string) => `= new Proxy({}, { get: (_, name) => ${load}[name] });`),
  );
}

function isCommonJs(file: string): boolean {
  if (!file.endsWith(".js")) return !file.endsWith(".mjs");
  let directory = dirname(file);
  while (!existsSync(join(directory, "package.json"))) directory = dirname(directory);
  const { type } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as { type?: string };
  return type !== "module";
}

/** Undefined where it is a dependency's own dependency. */
function mainFile(dependency: string): string | undefined {
  try {
    return resolve(dependency);
  } catch {
    return undefined;
  }
}

function licenceOf(directory: string): string {
  const file = readdirSync(directory).find((found) => /^licen[cs]e/i.test(found));
  if (file !== undefined) return readFileSync(join(directory, file), "utf8");
  const manifest = join(directory, "package.json");
  const { license } = JSON.parse(existsSync(manifest) ? readFileSync(manifest, "utf8") : "{}") as { license?: string };
  if (license === undefined) throw new Error(`${directory}: no licence`);
  return `Licence: ${license}`;
}
