import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { needsShared, shared } from "../../../test/support/shared.ts";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { Vectors } from "../src/vectors.ts";
import { readNpy } from "../../../test/support/read-npy.ts";

function store(dims: number, shards?: number): Vectors {
  return Vectors.open(join(temporaryDirectory(), "store"), { dims, shards, write: true });
}

describe("Vectors", () => {
  test("ranks by dot product, equal scores by id, whatever the shards and the order of appends", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 50 }),
        async (ids, shards, k) => {
          // Six different vectors: ties abound.
          const dims = 3;
          const vectorOf = (id: number): number[] => [id % 3, id % 2, 1];
          using vectors = store(dims, shards);
          for (let at = 0; at < ids.length; at += 7) {
            const batch = ids.slice(at, at + 7);
            await vectors.append(batch, Float32Array.from(batch.flatMap(vectorOf)));
          }
          const scoreOf = (id: number): number => 2 * (id % 3) - (id % 2) + 5;
          const expected = ids.toSorted((a, b) => scoreOf(b) - scoreOf(a) || a - b).slice(0, k);
          const { hits } = await vectors.search(Float32Array.of(2, -1, 5), k);
          expect(hits.map(({ id }) => id)).toEqual(expected);
          for (const { id, score } of hits) expect(Math.abs(score - scoreOf(id))).toBeLessThan(1e-3);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("errors of the store are ClipfindErrors with a code of the library and the store's words", async () => {
    const directory = join(temporaryDirectory(), "store");
    const open = (options: { dims?: number; shards?: number; write?: boolean }): Vectors =>
      Vectors.open(directory, { dims: 4, write: true, ...options });
    expect(() => open({ write: false })).toThrow(expect.objectContaining({ code: "LIBRARY_NOT_FOUND" }));
    const vectors = open({ shards: 2 });
    expect(() => open({})).toThrow(
      expect.objectContaining({
        name: "ClipfindError",
        code: "LIBRARY_LOCKED",
        message: expect.stringContaining(`is being written by process ${process.pid}`),
      }),
    );
    await expect(vectors.append([1], new Float32Array(3))).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: "1 id(s) of dimension 4 need 4 floats, found 3",
    });
    await expect(vectors.append([1.5], new Float32Array(4))).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(vectors.append([-1], new Float32Array(4))).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(vectors.search(Float32Array.of(1, NaN, 0, 0), 1)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    vectors.close();
    expect(() => vectors.ids()).toThrow(expect.objectContaining({ code: "CLOSED" }));
    expect(() => open({ dims: 5 })).toThrow(expect.objectContaining({ code: "MODEL_MISMATCH" }));
    expect(() => open({ shards: 3 })).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });
});

describe.skipIf(shared === undefined)(needsShared("CLIP ViT-B/32's own vectors"), () => {
  test.each(["lvis", "coco80"])("text → image and image → text (%s) rank in the store as in float64", async (names) => {
    const golden = join(shared as string, "golden");
    const images = rowsOf(join(golden, "clip-vitb32-image-embeds.npy"));
    const texts = rowsOf(join(golden, `clip-vitb32-text-${names}.npy`));
    for (const [stored, queries] of [
      [images, texts],
      [texts, images],
    ] as const) {
      using vectors = store(512, 3);
      await vectors.append([...stored.keys()], flat(stored));
      for (const query of queries) {
        const { hits } = await vectors.search(Float32Array.from(query), stored.length);
        const exact = stored.map((row) => dot(row, query));
        const ranking = [...exact.keys()].toSorted((a, b) => (exact[b] as number) - (exact[a] as number) || a - b);
        // Vectors are stored with 16 bits per component: at most 3e-5 away, in practice a tenth of that in a score. Two
        // scores nearer than that may stand in either order.
        for (const [rank, { id, score }] of hits.entries()) {
          expect(Math.abs(score - (exact[id] as number))).toBeLessThan(1e-5);
          const there = exact[ranking[rank] as number] as number;
          if (id !== ranking[rank]) expect(Math.abs((exact[id] as number) - there)).toBeLessThan(1e-5);
        }
        expect(hits.map((hit) => hit.id).toSorted((a, b) => a - b)).toEqual([...stored.keys()]);
      }
    }
  });

  test("the kitten is found by its names", async () => {
    const golden = join(shared as string, "golden");
    const names = JSON.parse(readFileSync(join(golden, "clip-vitb32-text-lvis-names.json"), "utf8")) as string[];
    const files = JSON.parse(readFileSync(join(golden, "clip-vitb32-image-names.json"), "utf8")) as string[];
    using vectors = store(512);
    const texts = rowsOf(join(golden, "clip-vitb32-text-lvis.npy"));
    await vectors.append([...texts.keys()], flat(texts));
    const image = rowsOf(join(golden, "clip-vitb32-image-embeds.npy"))[files.indexOf("456_123.jpg")] as Float64Array;
    const {
      hits: [best],
    } = await vectors.search(Float32Array.from(image), 1);
    expect(names[best?.id ?? -1]).toBe("kitten");
    expect(best?.score).toBeCloseTo(0.265, 3);
  });
});

/** The rows of a table, normalised to length 1 and rounded to float32, as the store holds them. */
function rowsOf(path: string): Float64Array[] {
  const { data, shape } = readNpy(path);
  const [rows = 0, dims = 0] = shape;
  return Array.from({ length: rows }, (_, row) => {
    const values = Float64Array.from(data.subarray(row * dims, (row + 1) * dims));
    const norm = Math.sqrt(dot(values, values));
    return Float64Array.from(Float32Array.from(values, (x) => x / norm));
  });
}

function flat(rows: readonly Float64Array[]): Float32Array {
  return Float32Array.from(rows.flatMap((row) => [...row]));
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
}
