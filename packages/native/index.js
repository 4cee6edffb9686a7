// Finds and loads the add-on built from src/. Where that fails, the error is a help page.
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { platform, arch } = process;
const require = createRequire(import.meta.url);
const directory = import.meta.dirname;

/** Errors of all attempts, so that the last one does not hide the telling one. */
const failures = [];

function load() {
  // Named by `napi build --platform`: clipfind.linux-x64-gnu.node, clipfind.darwin-arm64.node, …
  const prefix = `clipfind.${platform}-${arch}`;
  for (const file of readdirSync(directory).filter((name) => name.startsWith(prefix) && name.endsWith(".node"))) {
    try {
      return require(join(directory, file));
    } catch (error) {
      failures.push(`${file}: ${error.message}`);
    }
  }
  throw new Error(helpPage(prefix));
}

function helpPage(prefix) {
  const attempts = failures.length > 0 ? failures : [`no file ${prefix}*.node in ${directory}`];
  const advice = [
    "Build it here: install Rust (https://rustup.rs), then `pnpm build` in the repository's root.",
    ...(failures.some((failure) => /GLIBC|musl/.test(failure))
      ? ["The file was built for another C library than this system's: build it on this system."]
      : []),
    ...(failures.some((failure) => /wrong ELF class|not a valid Win32|incompatible architecture|mach-o/.test(failure))
      ? [`The file was built for another processor than this Node's (${arch}): use a Node of the same kind.`]
      : []),
    "If node_modules was copied from another machine, install again on this one.",
  ];
  return [
    `clipfind could not load its native part on ${platform}-${arch}, Node ${process.version}.`,
    "",
    "What was tried:",
    ...attempts.map((attempt) => `  - ${attempt}`),
    "",
    "Possible solutions:",
    ...advice.map((line) => `  - ${line}`),
  ].join("\n");
}

export const {
  Cancel,
  ImageTower,
  TextTower,
  VectorStore,
  Walk,
  contentHash,
  decodePicture,
  identifyFiles,
  jpegHeader,
  kernels,
  photoStatements,
  repairStore,
  resamplePicture,
  shrinkJpeg,
  verifyStore,
} = load();
