// Installs the libraries we compare with outside the repository, once. None of them is a dependency of the workspace.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { PeerMissing } from "./peers/process.ts";

const pythonPackages = ["numpy==2.4.6", "faiss-cpu==1.15.1"];
const rclipPackages = ["rclip==3.3.0"];
/** Only to make a model of random weights. Where its wheel comes with CUDA, it fills gigabytes. */
const torchPackages = ["torch==2.15.0", "open_clip_torch==3.3.0", "onnx==1.23.2"];
const npmPackages = [
  "usearch@2.26.2",
  "sqlite-vec@0.1.9",
  "@lancedb/lancedb@0.39.0",
  "apache-arrow@18.1.0", // a peer dependency of LanceDB
  ...platformPackages(),
];

const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "clipfind-bench");

/** The binaries of this platform, named, since LanceDB's other optional dependencies fill half a gigabyte. */
function platformPackages(): string[] {
  const lance = { linux: `linux-${process.arch}-gnu`, win32: `win32-${process.arch}-msvc` }[process.platform as string];
  const os = process.platform === "win32" ? "windows" : process.platform;
  return [
    `sqlite-vec-${os}-${process.arch}@0.1.9`,
    `@lancedb/lancedb-${lance ?? `${process.platform}-${process.arch}`}@0.39.0`,
  ];
}

/**
 * A Python that has NumPy and faiss: the one that CLIPFIND_BENCH_PYTHON names, or one of our own.
 * @throws PeerMissing
 */
export function python(): string {
  return pythonWith("python", pythonPackages, "CLIPFIND_BENCH_PYTHON");
}

/**
 * A Python that has rclip, and with it Pillow and onnxruntime: the one that CLIPFIND_BENCH_RCLIP_PYTHON names, or one of
 * our own.
 * @throws PeerMissing
 */
export function rclipPython(): string {
  return pythonWith("rclip", rclipPackages, "CLIPFIND_BENCH_RCLIP_PYTHON");
}

/**
 * A Python that has PyTorch and open_clip: the one that CLIPFIND_BENCH_TORCH_PYTHON names, or one of our own.
 * @throws PeerMissing
 */
export function torchPython(): string {
  return pythonWith("torch", torchPackages, "CLIPFIND_BENCH_TORCH_PYTHON");
}

function pythonWith(kind: string, packages: readonly string[], variable: string): string {
  const given = process.env[variable];
  if (given !== undefined) return given;
  const windows = process.platform === "win32";
  const folder = installed(kind, packages, (target) => {
    run(windows ? "python" : "python3", ["-m", "venv", target]);
    run(inside(target), ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages]);
  });
  return inside(folder);
}

function inside(folder: string): string {
  return process.platform === "win32" ? join(folder, "Scripts/python.exe") : join(folder, "bin/python");
}

/**
 * Loads packages of npm as if from a project that depends on them.
 * @throws PeerMissing
 */
export function npmRequire(): NodeJS.Require {
  const folder = installed("npm", npmPackages, (target) => {
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, "package.json"), `{ "private": true }\n`);
    const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
    // They ship their binaries; nothing is to be built or downloaded from elsewhere.
    run("npm", ["install", "--ignore-scripts", "--omit=optional", ...quiet, ...npmPackages], target);
  });
  return createRequire(join(folder, "package.json"));
}

/** A folder that `install` has filled, now or in an earlier run. */
function installed(kind: string, packages: readonly string[], install: (target: string) => void): string {
  const id = createHash("sha256").update(packages.join(" ")).digest("hex").slice(0, 8);
  const target = join(cache, `${kind}-${id}`);
  const done = join(target, "installed");
  if (!existsSync(done)) {
    process.stderr.write(`installing ${packages.join(", ")} in ${target}\n`);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(cache, { recursive: true });
    install(target);
    writeFileSync(done, "");
  }
  return target;
}

function run(command: string, args: string[], cwd?: string): void {
  const shell = process.platform === "win32" && command === "npm";
  const { status, error, stderr } = spawnSync(command, args, {
    cwd,
    shell,
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
    timeout: 1_800_000, // PyTorch is large
  });
  if (status === 0) return;
  const reason = error?.message ?? stderr.trim().split("\n").slice(-2).join(" ");
  throw new PeerMissing(`${command} ${args[0]} failed: ${reason}`);
}
