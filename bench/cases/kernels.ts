import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Measurement } from "../measurement.ts";

/**
 * The Rust benchmark crates/kernels/benches/dot.rs, which asserts that every kernel finds the scalar kernel's best row
 * and measures a plain copy of the same bytes beside it.
 */
export async function benchKernels(check: boolean): Promise<Measurement[]> {
  const args = ["bench", "--quiet", "-p", "clipfind-kernels", "--bench", "dot", "--", ...(check ? ["--check"] : [])];
  const { status, stdout } = spawnSync("cargo", args, {
    cwd: join(import.meta.dirname, "../.."),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  assert.equal(status, 0, "cargo bench failed");
  const [title = ""] = stdout.split("\n");
  const line = /^(\w+) +([\d.]+) +([\d.]+) of copy +([\d.]+) x scalar/gm;
  const measurements = [...stdout.matchAll(line)].map(([, kernel, rate, ofCopy, ofScalar]) => ({
    subject: `${kernel} over ${title.replace(/,.*/, "")}`,
    value: Number(rate),
    unit: "GB/s",
    ratios: { "a plain copy": Number(ofCopy), scalar: Number(ofScalar) },
  }));
  assert.ok(measurements.length > 0, `no kernel in the output:\n${stdout}`);
  return measurements;
}
