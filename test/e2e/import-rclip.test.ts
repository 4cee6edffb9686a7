import { createHash } from "node:crypto";
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { createModelManifest } from "@clipfind/core";
import { directory as miniModel } from "@clipfind/model-mini";
import { describe, expect, test } from "vitest";
import { ClipTextEncoder } from "../../packages/core/src/clip/text-encoder.ts";
import { openModel } from "../../packages/core/src/models/open-model.ts";
import type { Run, RunOptions } from "../support/clipfind.ts";
import { copyDrawings } from "../support/drawings.ts";
import { change, placeRclipDatabase, rclipDatabases, rclipVectors } from "../support/rclip-database.ts";
import { makeRclipPhotos } from "../support/rclip-photos.ts";
import { copyDirectory, hitsOf, useWorld } from "../support/world.ts";

// With the mini model: these need nothing but the repository, whose databases rclip made (test/fixtures/rclip).
const world = useWorld();
const run = (library: string, args: readonly string[], options: RunOptions = {}): Promise<Run> =>
  world.run(library, args, { ...options, env: { CLIPFIND_MODEL: "", ...options.env } });

interface Rclip {
  readonly photos: string;
  /** Paths of the photos below `photos`; the one in a hidden folder too. */
  readonly names: readonly string[];
  readonly database: string;
  /** Of an import with the mini model. */
  readonly args: readonly string[];
}

/** Photos, and rclip's index of them. */
function rclip(name: (typeof rclipDatabases)[number] = "v4"): Rclip {
  const photos = join(world.directory(), "photos");
  const names = makeRclipPhotos(photos);
  const database = join(world.directory(), "db.sqlite3");
  placeRclipDatabase(name, database, photos);
  return { photos, names, database, args: ["import", "rclip", database, "--model", miniModel] };
}

/** The counts of a run with --json. */
function counts({ stdout }: Run): Record<string, unknown> {
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** How all photos answer a query: scores by path. */
async function scores(library: string, ...query: string[]): Promise<Map<string, number>> {
  const hits = hitsOf(await run(library, [...query, "--json", "-n", "99"]));
  return new Map(hits.flatMap(({ path, copies, score }) => [path, ...copies].map((it) => [it, score] as const)));
}

/** Bytes of the logs of a library's vectors: they grow with each commit, until they are sealed. */
const logBytes = (library: string): number =>
  readdirSync(library, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".wal"))
    .reduce((sum, name) => sum + statSync(join(library, name)).size, 0);

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, at) => sum + value * (b[at] as number), 0);

/** Everything in a directory that a write would change. */
const stateOf = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    // The lock says who had it last.
    .filter((path) => statSync(path).isFile() && !path.endsWith("LOCK"))
    .map((path) => `${path} ${statSync(path).mtimeMs} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`)
    .toSorted();

describe("clipfind import rclip", () => {
  test.each(rclipDatabases)(
    "%s, as rclip made it: the vectors are rclip's, index then encodes none of these photos, rclip's file is as it was",
    async (name) => {
      const { photos, names, database, args } = rclip(name);
      const library = world.directory();
      const before = stateOf(join(database, ".."));
      expect(await run(library, args)).toEqual({
        code: 0,
        signal: null,
        stdout:
          "15 entries of rclip, 13 photos imported with 12 vectors, 1 deleted for rclip, 1 left out here\n" +
          `folders: ${photos}\n` +
          "`clipfind index` takes what is there and was left out\n",
        stderr: "",
      });
      expect(stateOf(join(database, ".."))).toEqual(before);

      const vectors = rclipVectors(database);
      const taken = names.filter((path) => !path.startsWith(".hidden")).map((path) => join(photos, path));
      await using encoder = ClipTextEncoder.open(openModel(miniModel));
      const { vector: text } = await encoder.encode("a red car at night");
      const byText = await scores(library, "a red car at night");
      expect([...byText.keys()].toSorted()).toEqual(taken.toSorted());
      for (const [path, score] of byText) expect(score).toBeCloseTo(dot(text, vectors.get(path) as Float32Array), 4);
      const [first] = taken as [string];
      const byPhoto = await scores(library, "similar", first);
      for (const [path, score] of byPhoto) {
        expect(score).toBeCloseTo(dot(vectors.get(first) as Float32Array, vectors.get(path) as Float32Array), 4);
      }
      expect(byPhoto.size).toBeGreaterThanOrEqual(taken.length - 2);

      copyDrawings(photos, 20, 22);
      expect(counts(await run(library, ["index", "--json"]))).toMatchObject({
        found: 15,
        unchanged: 13,
        encoded: 2,
        reused: 0,
        missing: 0,
        failed: 0,
      });
      expect(await run(library, ["verify"])).toMatchObject({ code: 0 });
      expect((await scores(library, "a red car at night")).get(first)).toBe(byText.get(first));
    },
  );

  test("again it reads no photo and writes nothing; photos that are added are the only ones read", async () => {
    const { photos, database, args } = rclip();
    const library = world.directory();
    expect((await run(library, args)).code).toBe(0);
    const before = stateOf(library);
    expect(counts(await run(library, [...args, "--json"]))).toEqual({
      version: 1,
      library,
      database,
      roots: [photos],
      checked: null,
      entries: 15,
      known: 13,
      toRead: 0,
      done: 0,
      bytesRead: 0,
      imported: 0,
      vectors: 0,
      deleted: 1,
      missing: 0,
      changed: 0,
      excluded: 1,
      unreadable: 0,
      malformed: 0,
    });
    expect(stateOf(library)).toEqual(before);
    // A copy, as rclip would have noted it.
    copyFileSync(join(photos, "below", readdirSync(join(photos, "below"))[0] as string), join(photos, "more.jpg"));
    const { size, mtimeMs } = statSync(join(photos, "more.jpg"));
    change(database, (db) => {
      db.prepare(
        `INSERT INTO images (filepath, modified_at, size, vector)
         SELECT ?, ?, ?, vector FROM images WHERE filepath LIKE '%/below/%' LIMIT 1`,
      ).run(join(photos, "more.jpg"), mtimeMs / 1000, size);
    });
    // No model need be named any more.
    const again = await run(library, ["import", "rclip", database, "--json"]);
    expect(counts(again)).toMatchObject({ known: 13, toRead: 1, imported: 1, vectors: 0 });
  });

  test("kill -9 in the midst of it: the next import completes it, and all is as if it had not been", async () => {
    const { photos, names, database, args } = rclip();
    // Enough for several commits. Nothing is decoded, so they need not be pictures.
    const [more, total] = [join(photos, "more"), 4000 + names.length - 1];
    mkdirSync(more);
    change(database, (db) => {
      const insert = db.prepare("INSERT INTO images (filepath, modified_at, size, vector) VALUES (?, 1, 4, ?)");
      db.exec("BEGIN");
      for (let index = 1000; index < 5000; index++) {
        const path = join(more, `${index}.jpg`);
        writeFileSync(path, String(index));
        utimesSync(path, 1, 1);
        const vector = Float32Array.from({ length: 512 }, (_, at) => Math.sin(index * (at + 1)));
        insert.run(path, new Uint8Array(vector.buffer));
      }
      db.exec("COMMIT");
    });
    const importing = [...args, "--no-check", "--json"];
    const whole = world.directory();
    expect((await run(whole, importing)).code).toBe(0);
    const expected = await scores(whole, "a boat");
    expect(expected.size).toBeGreaterThanOrEqual(99);

    const library = world.directory();
    let known = 0;
    for (let kills = 0; kills < 2; kills++) {
      const before = logBytes(library);
      const killed = run(library, importing, {
        started: (child) =>
          void (async () => {
            // Two commits of 512 vectors: the rows of the first are there.
            while (child.exitCode === null && logBytes(library) <= before + 1e6) await setTimeout(2);
            child.kill("SIGKILL");
          })(),
      });
      expect(await killed).toMatchObject({ code: null, signal: "SIGKILL" });
      const { files } = counts(await run(library, ["status", "--json"])) as { files: { present: number } };
      expect(files.present).toBeGreaterThan(known);
      expect(files.present).toBeLessThan(total);
      known = files.present;
    }
    const last = counts(await run(library, importing));
    expect(last).toMatchObject({ known, imported: total - known });
    expect(await scores(library, "a boat")).toEqual(expected);
    expect(await run(library, ["verify"])).toMatchObject({ code: 0 });
    expect(counts(await run(library, ["status", "--json"]))).toMatchObject({ files: { present: total } });
  });

  test("what is not as rclip has seen it is left out, counted and named", async () => {
    const { photos, names, database, args } = rclip();
    const paths = names.filter((name) => !name.startsWith(".hidden")).map((name) => join(photos, name));
    const [missing, larger, touched, huge, short, nan, zero, when] = paths as [string, ...string[]] & string[];
    const hidden = join(photos, names.find((name) => name.startsWith(".hidden")) as string);
    const seen = statSync(touched as string).mtimeMs / 1000;
    rmSync(missing);
    appendFileSync(larger as string, "more");
    utimesSync(touched as string, 1_600_000_000, 1_600_000_000);
    truncateSync(huge as string, 2 ** 30 + 1);
    const { mtimeMs } = statSync(huge as string);
    const vector = (fill: number): Uint8Array => new Uint8Array(new Float32Array(512).fill(fill).buffer);
    change(database, (db) => {
      const set = (what: string, value: number | string | Uint8Array, path: string | undefined): void => {
        db.prepare(`UPDATE images SET ${what} = ? WHERE filepath = ?`).run(value, path as string);
      };
      set("size", 2 ** 30 + 1, huge);
      set("modified_at", mtimeMs / 1000, huge);
      set("vector", new Uint8Array(2044), short);
      set("vector", vector(Number.NaN), nan);
      set("vector", vector(0), zero);
      set("modified_at", "yesterday", when);
      db.prepare("INSERT INTO images (filepath, modified_at, size, vector) VALUES ('a.jpg', 1, 1, ?)").run(vector(1));
      db.prepare("INSERT INTO images (filepath, modified_at, size, vector) VALUES ('', 1, 1, ?)").run(vector(1));
    });
    const library = world.directory();
    const result = await run(library, [...args, "--json", "--verbose"]);
    expect(result.code).toBe(1);
    expect(counts(result)).toMatchObject({
      entries: 17,
      known: 0,
      imported: 5,
      vectors: 5,
      deleted: 1,
      missing: 1,
      changed: 2,
      excluded: 1,
      unreadable: 1,
      malformed: 6,
    });
    const time = (seconds: number): string => new Date(seconds * 1000).toISOString();
    const [now, size] = [1_600_000_000, statSync(larger as string).size];
    expect(result.stderr.trimEnd().split("\n").toSorted()).toEqual(
      [
        `${missing}: missing: not found`,
        `${larger}: changed: has ${size} bytes now, had ${size - 4} when rclip read it`,
        `${touched}: changed: modified ${time(now)}; rclip read it as of ${time(seen)}`,
        `${huge}: unreadable: larger than 1 GiB (1073741825 bytes)`,
        `${short}: malformed: its vector has 2044 bytes, expected 2048 (512 numbers)`,
        `${nan}: malformed: its vector has no direction, or numbers that are none`,
        `${zero}: malformed: its vector has no direction, or numbers that are none`,
        `${when}: malformed: its time or size is not a number`,
        "a.jpg: malformed: its path is not absolute",
        ": malformed: its path is none",
        `${join(photos, "gone.jpg")}: deleted: rclip did not find it any more`,
        `${hidden}: excluded: not in the folders that are indexed, or left out there (docs/scan.md)`,
      ]
        .map((line) => `clipfind: ${line}`)
        .toSorted(),
    );
    // Without --verbose only what is amiss.
    const quiet = await run(world.directory(), args);
    expect(quiet.stderr.trimEnd().split("\n")).toHaveLength(7);
    expect(quiet.stdout.split("\n")[0]).toBe(
      "17 entries of rclip, 5 photos imported with 5 vectors, 1 not there, 2 changed since, 1 deleted for rclip, " +
        "1 left out here, 1 could not be read, 6 malformed",
    );
    // The next run encodes what is there: two that have changed, and the four whose entries were malformed.
    expect(counts(await run(library, ["index", "--json"]))).toMatchObject({ unchanged: 5, encoded: 6, failed: 1 });
  });

  test("--root says what is taken and kept up to date; links are followed to where the photos are", async () => {
    const { photos, names, args } = rclip();
    const below = names.filter((name) => name.startsWith("below"));
    const library = world.directory();
    const first = await run(library, [...args, "--json", "--root", join(photos, "below")]);
    expect(counts(first)).toMatchObject({ roots: [join(photos, "below")], imported: 4, excluded: 10, deleted: 1 });
    expect((await scores(library, "a boat")).size).toBe(below.length);
    expect(counts(await run(library, ["index", "--json"]))).toMatchObject({ found: 4, unchanged: 4 });
    // The folder has gone elsewhere, and a link is in its place, as after a larger disk was bought.
    const elsewhere = join(world.directory(), "below");
    renameSync(join(photos, "below"), elsewhere);
    symlinkSync(elsewhere, join(photos, "below"));
    const second = world.directory();
    const roots = ["--root", photos, "--root", elsewhere];
    expect(counts(await run(second, [...args, ...roots, "--json"]))).toMatchObject({
      imported: 13,
      excluded: 1,
      missing: 0,
    });
    expect([...(await scores(second, "a boat")).keys()]).toContain(join(elsewhere, (below[0] as string).slice(6)));
    expect(counts(await run(second, ["index", "--json"]))).toMatchObject({ found: 13, unchanged: 13, missing: 0 });
  });

  test("goes into a library that knows some of the photos, in its folders", async () => {
    const { photos, args } = rclip();
    const library = world.directory();
    expect((await run(library, ["index", join(photos, "below"), "--model", miniModel])).code).toBe(0);
    const before = await scores(library, "a boat");
    const result = counts(await run(library, [...args, "--json"]));
    // The copy is recognised by its content.
    expect(result).toMatchObject({ roots: [join(photos, "below"), photos], known: 4, imported: 9, vectors: 8 });
    const after = await scores(library, "a boat");
    expect(after.size).toBe(13);
    for (const [path, score] of before) expect(after.get(path)).toBe(score);
  });

  test("RCLIP_DATADIR and the usual place are looked into; a directory stands for the file in it", async () => {
    const { database, args } = rclip();
    const home = world.directory();
    const usual = join(home, process.platform === "darwin" ? "Library/Application Support" : ".local/share", "rclip");
    mkdirSync(usual, { recursive: true });
    copyFileSync(database, join(usual, "db.sqlite3"));
    const options = args.slice(3);
    const runs = await Promise.all([
      run(world.directory(), ["import", "rclip", ...options], { env: { RCLIP_DATADIR: join(database, "..") } }),
      run(world.directory(), ["import", "rclip", ...options], { env: { HOME: home } }),
      run(world.directory(), ["import", "rclip", join(database, ".."), ...options]),
    ]);
    for (const { code, stdout } of runs)
      expect({ code, stdout }).toMatchObject({ code: 0, stdout: /13 photos imported/ });
  });
});

describe("clipfind import rclip refuses", () => {
  async function refusal(library: string, args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run(library, args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).not.toMatch(/^\s+at /m);
    return stderr;
  }

  test("vectors of another model, with the figures, and writes no vector", async () => {
    const { database, args } = rclip();
    change(database, (db) => {
      // Back to front: as long as before, and as wrong as another model's.
      const put = db.prepare("UPDATE images SET vector = ? WHERE id = ?");
      for (const { id, vector } of db.prepare("SELECT id, vector FROM images").all()) {
        const other = new Float32Array((vector as Uint8Array).slice().buffer).toReversed();
        put.run(new Uint8Array(other.buffer), id as number);
      }
    });
    const library = world.directory();
    const stderr = await refusal(library, args);
    expect(stderr).toMatch(
      /^clipfind: rclip's vectors are not of clipfind mini \(drawings\): of 8 photos encoded with it, the median cosine with rclip's vectors is -?0\.\d{3} \(from -?0\.\d{3} to -?0\.\d{3}\), expected 0\.95 or more\n/,
    );
    expect(stderr).toContain("Nothing was imported.\n");
    expect(readdirSync(library).filter((name) => name === "vectors")).toEqual([]);
    expect(counts(await run(library, ["status", "--json"]))).toMatchObject({ roots: [], files: { present: 0 } });
    // Whoever says so gets them.
    expect((await run(library, [...args, "--no-check"])).code).toBe(0);
  });

  test("a model of other dimensions, and no model at all", async () => {
    const { database, args } = rclip();
    const other = join(world.directory(), "model");
    copyDirectory(miniModel, other);
    await createModelManifest(other, { name: "other", dims: 768, image: { size: 256 } });
    expect(await refusal(world.directory(), [...args.slice(0, 3), "--model", other])).toContain(
      `clipfind: rclip's vectors in ${database} have 512 numbers, those of other have 768\n`,
    );
    expect(await refusal(world.directory(), args.slice(0, 3))).toContain(
      "clipfind: Expected the model that rclip's vectors are of, found none named\n",
    );
  });

  test("what is not rclip's index, or not of a schema it knows", async () => {
    const [folder, library] = [world.directory(), world.directory()];
    const at = (name: string): string => join(folder, name);
    const refused = (path: string): Promise<string> =>
      refusal(library, ["import", "rclip", path, "--model", miniModel]);
    writeFileSync(at("empty"), "");
    writeFileSync(at("text"), "no database".repeat(100));
    change(at("other"), (db) => db.exec("CREATE TABLE images (id INTEGER PRIMARY KEY, name TEXT)"));
    expect(await refused(at("none"))).toContain(
      `clipfind: Expected rclip's index, but there is none at ${at("none")}\n`,
    );
    expect(await refused(at("text/below"))).toContain("there is none at");
    expect(await refused(folder)).toContain(`there is none at ${join(folder, "db.sqlite3")}\n`);
    expect(await refused("/dev/null")).toContain("/dev/null is not a regular file\n");
    for (const name of ["empty", "text"]) {
      expect(await refused(at(name))).toContain(`an SQLite database, but ${at(name)} is none\n`);
    }
    expect(await refused(at("other"))).toContain(
      `with a table images (id, deleted, filepath, modified_at, size, vector), but ${at("other")} is another database\n`,
    );
    for (const [version, hint] of [
      [2, "rclip before 3.0 wrote it"],
      [5, "A newer rclip wrote it"],
    ] as const) {
      const { database } = rclip();
      change(database, (db) => db.prepare("UPDATE db_version SET version = ?").run(version));
      const stderr = await refused(database);
      expect(stderr).toContain(`Expected rclip's index in schema 3 or 4, but ${database} has schema ${version}\n`);
      expect(stderr).toContain(hint);
    }
    const { database } = rclip();
    change(database, (db) => db.exec("DELETE FROM db_version"));
    expect(await refused(database)).toContain("has schema 1\n");
  });

  test("a damaged one", async () => {
    const { database, args } = rclip();
    const library = world.directory();
    const bytes = readFileSync(database);
    // All pages but the first, which has the schema.
    bytes.fill(0x55, 4096);
    writeFileSync(database, bytes);
    expect(await refusal(library, args)).toContain(`clipfind: rclip's index ${database} is damaged: `);
    truncateSync(database, 4096);
    expect(await refusal(library, args)).toContain(`clipfind: rclip's index ${database} is damaged: `);
  });

  test("one that is being written, was left in the midst of it, or has a write-ahead log", async () => {
    const { database, args } = rclip();
    const library = world.directory();
    const writer = new DatabaseSync(database);
    writer.exec("PRAGMA cache_size = 1; BEGIN EXCLUSIVE; UPDATE images SET size = size + 1, vector = zeroblob(2048)");
    expect(await refusal(library, args)).toContain(
      `clipfind: Another process is writing to rclip's index ${database}\n`,
    );
    // As rclip leaves it if it is killed now.
    const killed = join(world.directory(), "db.sqlite3");
    for (const end of ["", "-journal"]) copyFileSync(database + end, killed + end);
    writer.exec("ROLLBACK");
    writer.close();
    const before = stateOf(join(killed, ".."));
    const stderr = await refusal(library, [...args.slice(0, 2), killed, "--model", miniModel]);
    expect(stderr).toContain(`clipfind: rclip's index ${killed} was left in the midst of a change`);
    expect(stateOf(join(killed, ".."))).toEqual(before);

    const log = new DatabaseSync(database);
    log.exec("PRAGMA journal_mode = WAL");
    log.close();
    expect(await refusal(library, args)).toContain(
      `clipfind: Expected rclip's index without a write-ahead log, which rclip never uses, but ${database} has one\n`,
    );
  });
});
