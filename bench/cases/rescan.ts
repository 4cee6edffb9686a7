import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type IndexProgress, Library } from "@clipfind/core";
import { directory as drawings } from "@clipfind/demo-photos";
import { libraryState } from "../../test/support/library-state.ts";
import type { Context } from "../context.ts";
import { type Measurement, milliseconds, race } from "../measurement.ts";
import { openSqlite } from "../peers/sqlite.ts";

const filesPerFolder = 1000;

/** A run that finds nothing new, a first scan, and renamed files; mini model, empty files where only names count. */
export async function benchRescan(context: Context): Promise<Measurement[]> {
  const sizes = context.check ? [2_000] : [200_000, 1_000_000];
  const measurements: Measurement[] = [];
  for (const size of sizes) measurements.push(...(await benchUnchanged(context, size)));
  measurements.push(await benchRename(context, context.check ? 200 : 10_000));
  return measurements;
}

async function benchUnchanged(context: Context, size: number): Promise<Measurement[]> {
  const folder = context.folder();
  const [photos, library] = [join(folder, "photos"), join(folder, "library")];
  process.stderr.write(`making ${size.toLocaleString("en")} files\n`);
  const photo = anyDrawings(1)[0] as string;
  for (let made = 0; made < size; made += filesPerFolder) {
    const place = join(photos, String(made / filesPerFolder).padStart(5, "0"));
    mkdirSync(place, { recursive: true });
    for (let index = 0; index < filesPerFolder; index++) writeFileSync(join(place, `IMG_${index}.jpg`), "");
  }
  const scan = inProcess(join(folder, "other"), photos);
  assert.equal(scan.progress?.toRead, size);
  await makeLibrary(library, photos, photo);
  // The first run remembers that all is well, the others have nothing to do.
  inProcess(library);
  const before = libraryState(library);
  let [megabytes, counted] = [0, {} as Partial<IndexProgress>];
  const { ours, node, find } = await race(context.check ? 1 : 5, {
    ours: async () => {
      const run = inProcess(library);
      megabytes = Math.max(megabytes, run.megabytes);
      counted = { ...run.progress };
      return run.ms;
    },
    node: () => milliseconds(() => assert.equal(plainWalk(photos), size)),
    find: () =>
      milliseconds(() => {
        const output = execFileSync("find", [photos, "-type", "f", "-name", "*.jpg", "-printf", "%s %T@ %i\\n"], {
          maxBuffer: 2 ** 30,
        });
        assert.equal(output.toString("latin1").split("\n").length - 1, size);
      }),
  });
  assert.equal(counted.found, size);
  assert.equal(counted.unchanged, size);
  assert.deepEqual(libraryState(library), before, "a run without news writes nothing");
  const peers = { "readdir and stat in Node": node / ours, "find -printf": find / ours };
  const files = size.toLocaleString("en");
  return [
    {
      subject: `a run that finds nothing new, ${files} files`,
      value: ours / 1000,
      unit: "s",
      ratios: {
        ...peers,
        [`${size / 200_000} s`]: (size * 1000) / 200_000 / ours,
        "300 MB of memory": 300 / megabytes,
      },
      bars: { [`${size / 200_000} s`]: 1, "300 MB of memory": 1 },
      details: { "memory, MB": megabytes, "bytes written": 0 },
    },
    {
      subject: `a first scan, ${files} files, until reading begins`,
      value: scan.ms / 1000,
      unit: "s",
      ratios: { "readdir and stat in Node": node / scan.ms, "300 MB of memory": 300 / scan.megabytes },
      bars: { "300 MB of memory": 1 },
      details: { "memory, MB": scan.megabytes },
    },
  ];
}

/** Files renamed all at once: read and recognised, none encoded. */
async function benchRename(context: Context, count: number): Promise<Measurement> {
  const folder = context.folder();
  const photos = join(folder, "photos");
  mkdirSync(photos);
  const pictures = anyDrawings(context.check ? 4 : 200);
  for (let index = 0; index < count; index++) {
    copyFileSync(pictures[index % pictures.length] as string, join(photos, `a${index}.jpg`));
  }
  await using library = Library.open(join(folder, "library"));
  const first = await indexed(library, [photos]);
  assert.equal(first.encoded + first.reused, count);
  for (const name of readdirSync(photos)) renameSync(join(photos, name), join(photos, name.replace("a", "b")));
  let progress = first;
  const ours = await milliseconds(async () => {
    progress = await indexed(library, []);
  });
  assert.deepEqual([progress.encoded, progress.reused, progress.missing], [0, count, count]);
  const plain = await milliseconds(() => {
    for (const name of readdirSync(photos))
      createHash("sha256")
        .update(readFileSync(join(photos, name)))
        .digest();
  });
  return {
    subject: `${count.toLocaleString("en")} renamed files of ${first.encoded} contents: none encoded`,
    value: (count * 1000) / ours,
    unit: "files/s",
    ratios: { "reading and SHA-256 in Node, one thread": plain / ours },
  };
}

async function indexed(library: Library, folders: readonly string[]): Promise<IndexProgress> {
  for await (const event of library.index(folders)) {
    assert.notEqual(event.type, "problem");
    if (event.type === "done") return event.progress;
  }
  throw new Error("expected the run to end with done");
}

/** A library that knows all files below `photos`, as if they were all copies of `photo`. */
async function makeLibrary(library: string, photos: string, photo: string): Promise<void> {
  const path = join(photos, "00000", "IMG_0.jpg");
  const empty = statSync(path);
  copyFileSync(photo, path);
  await using made = Library.open(library);
  await indexed(made, [join(photos, "00000")]).catch(() => undefined);
  await made.close();
  writeFileSync(path, "");
  assert.equal(empty.size, 0);
  const db = openSqlite(join(library, "catalog.db"));
  const [content] = db.prepare("SELECT id FROM contents WHERE error IS NULL").all();
  db.exec("DELETE FROM files; DELETE FROM directories; DELETE FROM roots");
  db.prepare("INSERT INTO roots (path) VALUES (?)").run(Buffer.from(photos));
  const directory = db.prepare("INSERT INTO directories (id, path) VALUES (?, ?)");
  const file = db.prepare(
    "INSERT INTO files (directory_id, name, bytes, mtime_ns, ctime_ns, inode, content_id) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  db.transaction(() => {
    for (const [id, name] of readdirSync(photos).entries()) {
      directory.run(id, Buffer.from(join(photos, name)));
      for (const photoName of readdirSync(join(photos, name))) {
        const { size, mtimeNs, ctimeNs, ino } = statSync(join(photos, name, photoName), { bigint: true });
        file.run(id, Buffer.from(photoName), size, mtimeNs, ctimeNs, ino, content?.["id"]);
      }
    }
  })();
  db.close();
}

/** `count` drawings of the demo, or as many as there are. */
function anyDrawings(count: number): string[] {
  return readdirSync(join(drawings, "first"), { recursive: true, encoding: "utf8" })
    .filter((name) => /DSC_\d+\.jpg$/.test(name))
    .toSorted()
    .slice(0, count)
    .map((name) => join(drawings, "first", name));
}

function inProcess(library: string, folder?: string): { ms: number; megabytes: number; progress?: IndexProgress } {
  const program = fileURLToPath(new URL("../peers/rescan.ts", import.meta.url));
  const args = [...process.execArgv, program, library, ...(folder === undefined ? [] : [folder])];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as { ms: number; megabytes: number; progress?: IndexProgress };
}

/** What one would write first: directory by directory, and a stat of each file. Returns how many. */
function plainWalk(folder: string): number {
  let count = 0;
  let bytes = 0n;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) count += plainWalk(path);
    else if (entry.name.endsWith(".jpg")) {
      const { size, mtimeNs, ino } = statSync(path, { bigint: true });
      bytes += size + mtimeNs + ino;
      count++;
    }
  }
  assert.ok(bytes >= 0n);
  return count;
}
