import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { temporaryDirectory } from "./temporary-directory.ts";

/** Gives the running test a user's cache directory of its own, in `base`; returns clipfind's part of it. Linux only. */
export function ownCache(base = temporaryDirectory()): string {
  vi.stubEnv("XDG_CACHE_HOME", base);
  onTestFinished(() => void vi.unstubAllEnvs());
  return join(base, "clipfind");
}
