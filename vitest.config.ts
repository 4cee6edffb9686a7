import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Packages are tested from their TypeScript source, without a build in between.
  resolve: { conditions: ["dev", "node"] },
  ssr: { resolve: { conditions: ["dev", "node"] } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two cores: more workers than that only make the image encoders fight.
    maxWorkers: 2,
    execArgv: ["--conditions=dev"],
    // Its modules import each other as only bundlers find them.
    server: { deps: { inline: ["clipanion"] } },
    env: {
      // Some tests use onnxruntime directly, as a reference.
      ORT_DISABLE_TELEMETRY: "1",
      // Nobody's own cache counts, or is written to.
      XDG_CACHE_HOME: join(tmpdir(), "clipfind-tests-cache"),
    },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["packages/*/test/**/*.test.ts", "tools/*/test/**/*.test.ts", "test/repository/**/*.test.ts"],
        },
      },
      { extends: true, test: { name: "e2e", include: ["test/e2e/**/*.test.ts"], testTimeout: 180_000 } },
    ],
  },
});
