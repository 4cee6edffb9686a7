import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { type ClipConfig, writeRandomClip } from "../../../../test/support/random-clip.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { compileModel } from "../../src/models/compile/compile-model.ts";
import { type ModelSource, readSource } from "../../src/models/compile/read-source.ts";
import type { ModelManifest } from "../../src/models/model-manifest.ts";

/** Directories of a model of random weights. */
export interface BothForms {
  /** With clipfind's own towers. */
  readonly own: string;
  /** The same with graphs for onnxruntime, as of old. */
  readonly graphs: string;
  /** A copy of the first that a test may damage. */
  readonly copyOfOwn: () => string;
}

/** Puts weights of another model into a file of the model in `directory`, whose manifest has their size then. */
export function putOther(
  directory: string,
  file: string,
  other: ClipConfig,
  write: (place: string, source: ModelSource) => void,
): void {
  writeRandomClip(directory, other);
  const source = readSource(directory)!;
  const place = join(directory, file);
  write(place, source);
  source.tensors.close();
  const manifest = JSON.parse(readFileSync(join(directory, "model.json"), "utf8")) as ModelManifest;
  const files = { ...manifest.files, [file]: { ...manifest.files[file], bytes: statSync(place).size } };
  writeFileSync(join(directory, "model.json"), JSON.stringify({ ...manifest, files }));
}

/** A model in both forms for all tests of a file, the second made by `withGraphs`. */
export function bothForms(
  config: ClipConfig,
  withGraphs: (source: string, compiled: string, target: string) => Promise<void>,
): BothForms {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "clipfind-test-")));
  const place = (name: string): string => join(folder, name);
  const [source, own, graphs] = [place("source"), place("own"), place("graphs")];
  beforeAll(async () => {
    writeRandomClip(source, config);
    await compileModel({ source, target: own, name: "random" });
    await withGraphs(source, own, graphs);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const copyOfOwn = (): string => {
    const copy = join(temporaryDirectory(), "model");
    cpSync(own, copy, { recursive: true });
    return copy;
  };
  return { own, graphs, copyOfOwn };
}
