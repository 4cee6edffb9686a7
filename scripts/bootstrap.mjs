// `npm run demo` and `npm test` land here, on any Node from 20 up, before anything is installed. Installs and builds
// what is missing or out of date, then hands over to `pnpm run demo:built` or `pnpm check` on the project's own Node.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const windows = process.platform === "win32";
const pnpmVersion = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).packageManager.replace("pnpm@", "");

const [major] = process.versions.node.split(".").map(Number);
if (major < 20) {
  stop(
    `This needs Node 20 or newer; found ${process.version}. Install a current one from nodejs.org and run it again.`,
  );
}
if (spawnSync("cargo", ["--version"], { stdio: "ignore", shell: windows }).status !== 0) {
  stop("This needs Rust, and `cargo` was not found. Install it from rustup.rs, open a new shell and run it again.");
}

install();
const task = process.argv[2];
if (task === "demo") {
  pnpm(["run", "--silent", "build"]);
  pnpm(["run", "--silent", "demo:built", ...process.argv.slice(3)]);
} else if (task === "check") {
  pnpm(["run", "--silent", "check", ...process.argv.slice(3)]);
} else {
  stop(`Expected the task demo or check, found ${task}.`);
}

/** Installs the packages of the lockfile, unless they are. The stamp says for which lockfile and system they were. */
function install() {
  const stamp = join(root, "node_modules", ".clipfind-installed");
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "pnpm-lock.yaml")))
    .update(`${process.platform}-${process.arch}`)
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.error("Installing the project's packages (once) …");
  run("npx", ["--yes", `pnpm@${pnpmVersion}`, "install", "--frozen-lockfile"]);
  writeFileSync(stamp, wanted);
}

/** Runs a script of package.json through the project's own pnpm, which puts the project's own Node first on PATH. */
function pnpm(args) {
  run(join(root, "node_modules", ".bin", windows ? "pnpm.cmd" : "pnpm"), args);
}

function run(command, args) {
  // Nothing that runs here is to report on its user.
  const env = { ...process.env, DO_NOT_TRACK: "1", TURBO_TELEMETRY_DISABLED: "1", ORT_DISABLE_TELEMETRY: "1" };
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", shell: windows, env });
  if (error) stop(`Could not run ${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function stop(message) {
  console.error(message);
  process.exit(1);
}
