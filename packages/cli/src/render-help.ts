// `node dist/render-help.js`, the end of a build: the help of all commands into files. To make it, each of them has to be
// loaded and its definitions read, which takes longer than to print it.
import { readFileSync, writeFileSync } from "node:fs";
import { Writable } from "node:stream";
import { runCli } from "./cli.ts";
import { helpFiles } from "./output/rendered-help.ts";

const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
const { version } = JSON.parse(manifest) as { version: string };

for (const [kind, file] of Object.entries(helpFiles)) {
  const text = await help(kind === "coloured" ? 8 : 1);
  writeFileSync(new URL(file, new URL("./output/", import.meta.url)), text);
}

async function help(colorDepth: number): Promise<string> {
  let text = "";
  const stdout = new Writable({
    write: (chunk: Buffer, _, done) => {
      text += chunk.toString("utf8");
      done();
    },
  });
  const { env, stdin, stderr } = process;
  const { signal } = new AbortController();
  const context = { env, stdin, stdout, stderr, colorDepth, cwd: process.cwd(), signal, hasReader: () => true };
  const code = await runCli(["--help"], context, version);
  if (code !== 0 || text === "") throw new Error(`clipfind --help: exit code ${code}`);
  return text;
}
