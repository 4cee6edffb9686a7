// `pnpm check`: what CI runs, in CI's order. Stops at the first step that fails; the last line counts the tests of all
// suites together: `N passed, N failed, N skipped`. Where nothing has changed since the last green run, it says so and
// repeats that line; `--force` runs everything again, CI always does.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const total = { passed: 0, failed: 0, skipped: 0 };

const greenFile = join(root, "test-results", "green.json");
const state = stateOfTree();
if (state !== undefined && process.env["CI"] === undefined && !process.argv.includes("--force")) {
  const green = existsSync(greenFile) ? (JSON.parse(readFileSync(greenFile, "utf8")) as Green) : undefined;
  if (green?.state === state) {
    process.stderr.write(`Nothing has changed since the green run of ${green.at}; --force runs it again.\n`);
    process.stdout.write(`${green.summary}\n`);
    process.exit(0);
  }
}

if (!process.versions.node.startsWith("24.")) {
  finish(`expected the project's Node 24, found ${process.version}: run it as \`pnpm check\` or \`npm test\``);
}

step("format", "oxfmt", ["--check"]);
step("format of Rust", "cargo", ["fmt", "--all", "--check"]);
step("build", "turbo", ["run", "build", "--output-logs=errors-only"]);
step("types", "tsc", ["-b", "packages/core", "packages/cli"]);
step("types of tests", "tsc", ["-p", "test"]);
step("lint", "oxlint", ["--type-aware", "--deny-warnings"]);
step("clippy", "cargo", [
  "clippy",
  "--workspace",
  "--all-targets",
  "--features",
  "clipfind-store/faults",
  "--quiet",
  "--",
  "-D",
  "warnings",
]);
step("Rust docs", "cargo", ["doc", "--workspace", "--no-deps", "--document-private-items", "--quiet"], {
  RUSTDOCFLAGS: "-D warnings",
});
step("generated files are committed", "git", ["diff", "--exit-code", "--", "packages/native/index.d.ts", "Cargo.lock"]);
cargoTest();
vitest("unit");
vitest("e2e");
step("benchmarks, in small", process.execPath, ["bench/run.ts", "--check"]);
finish();

/** A run in which everything passed. */
interface Green {
  readonly state: string;
  readonly at: string;
  readonly summary: string;
}

/** Hash of everything a run depends on in the checkout and beside it; undefined where git cannot tell what that is. */
function stateOfTree(): string | undefined {
  const listed = spawnSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root });
  if (listed.status !== 0) return undefined;
  const hash = createHash("sha256");
  for (const file of listed.stdout.toString().split("\0").filter(Boolean)) {
    const path = join(root, file);
    hash.update(`${file}\0`).update(existsSync(path) ? readFileSync(path) : "gone");
  }
  const rust = spawnSync("cargo", ["--version"]).stdout.toString();
  const shared = existsSync(join(root, "../shared/README.md"));
  return hash.update(`${rust} ${process.version} ${shared} ${process.env["CLIPFIND_KERNEL"]}`).digest("hex");
}

function step(name: string, command: string, args: string[], env: Record<string, string> = {}): void {
  const started = performance.now();
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
    shell: process.platform === "win32",
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (error !== undefined || status !== 0) finish(`${name}: ${error?.message ?? `exit code ${status}`}`);
  process.stderr.write(`✓ ${name} (${seconds} s)\n`);
}

/** Debug build with overflow checks; `cargo test` has no machine-readable output on stable, so its summary is read. */
function cargoTest(): void {
  const { status, stdout } = spawnSync(
    "cargo",
    ["test", "--workspace", "--features", "clipfind-store/faults", "--quiet"],
    {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    },
  );
  const summaries = [...stdout.matchAll(/^test result: .*? (\d+) passed; (\d+) failed; (\d+) ignored/gm)];
  for (const [, passed, failed, ignored] of summaries) {
    total.passed += Number(passed);
    total.failed += Number(failed);
    total.skipped += Number(ignored);
  }
  if (status !== 0 || summaries.length === 0) {
    process.stdout.write(stdout);
    finish("cargo test failed");
  }
  process.stderr.write("✓ cargo test\n");
}

function vitest(project: string): void {
  const report = join(root, "test-results", `${project}.json`);
  mkdirSync(dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const args = ["run", "--project", project, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { status } = spawnSync("vitest", args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
  try {
    const result = JSON.parse(readFileSync(report, "utf8")) as Record<string, number>;
    total.passed += result["numPassedTests"] ?? 0;
    total.failed += result["numFailedTests"] ?? 0;
    total.skipped += (result["numPendingTests"] ?? 0) + (result["numTodoTests"] ?? 0);
  } catch {
    finish(`vitest ${project} left no report`);
  }
  if (status !== 0) finish(`vitest ${project} failed`);
  process.stderr.write(`✓ vitest ${project}\n`);
}

function finish(failure?: string): never {
  if (failure !== undefined) {
    process.stderr.write(`✗ ${failure}\n`);
    // A step that is no test suite counts as one failure, so that the last line never looks green.
    if (total.failed === 0) total.failed = 1;
  }
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
  const summary = `${total.passed} passed, ${total.failed} failed${skipped}`;
  if (failure === undefined && state !== undefined) {
    writeFileSync(greenFile, JSON.stringify({ state, at: new Date().toISOString(), summary } satisfies Green));
  }
  process.stdout.write(`${summary}\n`);
  process.exit(failure === undefined ? 0 : 1);
}
