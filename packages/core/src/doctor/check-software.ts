import "../no-telemetry.ts";
import type { Finding } from "./finding.ts";
import { problem } from "./finding.ts";

/** Versions of what clipfind is made of; null: it cannot be loaded. */
export interface SoftwareReport {
  readonly clipfind: string;
  readonly node: string;
  readonly onnxruntime: string | null;
  readonly sharp: string | null;
  readonly libvips: string | null;
  readonly sqlite: string | null;
  readonly addon: "loaded" | null;
}

/** Loads each of the native parts, and tells which cannot be. */
export async function checkSoftware(clipfind: string): Promise<[SoftwareReport, Finding[]]> {
  const findings: Finding[] = [];
  const tried = async <T>(name: string, load: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await load();
    } catch (error) {
      const [reason] = (error as Error).message.split("\n");
      const todo = "Install clipfind again on this machine, without copying node_modules from another";
      findings.push(problem(`${name} cannot be loaded: ${reason}`, todo));
      return undefined;
    }
  };
  const onnxruntime = await tried("onnxruntime", async () => (await import("onnxruntime-node")).env.versions.node);
  const sharp = await tried("sharp", async () => (await import("sharp")).default.versions);
  const sqlite = await tried("SQLite", async () => {
    const { default: Database } = await import("better-sqlite3");
    const db = new Database(":memory:");
    const version = db.prepare<[], string>("SELECT sqlite_version()").pluck().get();
    db.close();
    return version;
  });
  const addon = await tried("clipfind's native part", async () => (await import("../kernels.ts")).kernels());
  return [
    {
      clipfind,
      node: process.version,
      onnxruntime: onnxruntime ?? null,
      sharp: sharp?.sharp ?? null,
      libvips: sharp?.vips ?? null,
      sqlite: sqlite ?? null,
      addon: addon === undefined ? null : "loaded",
    },
    findings,
  ];
}
