import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import { Header, create } from "tar";
import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../../../../../test/support/temporary-directory.ts";
import { extractArchive } from "../../../src/models/archive/extract-archive.ts";

/** An entry of an archive that is written byte by byte: libraries refuse to make hostile ones. */
interface Entry {
  readonly name: string;
  readonly content?: Buffer | string;
  /** Of tar: what it is; "0" is a file. */
  readonly type?: "File" | "Directory" | "SymbolicLink" | "Link" | "CharacterDevice" | "FIFO";
  readonly link?: string;
  /** Of zip: its Unix mode, and the size it claims. */
  readonly mode?: number;
  readonly claims?: number;
}

function tarOf(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ name, content = "", type = "File", link }) => {
    const body = Buffer.from(content);
    const header = Buffer.alloc(512);
    new Header({ path: name, mode: 0o644, size: body.length, mtime: new Date(0), type, linkpath: link ?? "" }).encode(
      header,
    );
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function zipOf(entries: readonly Entry[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content = "", mode = 0o100644, claims } of entries) {
    const body = Buffer.from(content);
    const packed = deflateRawSync(body);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(body), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(claims ?? body.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    locals.push(Buffer.from("PK\u0003\u0004"), common, Buffer.from(name), packed);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((mode << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\u0001\u0002\u0014\u0003"), common, rest, Buffer.from(name));
    offset += 30 + Buffer.byteLength(name) + packed.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\u0005\u0006");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}

interface Unpacked {
  readonly root: string;
  readonly target: string;
}

async function unpack(content: Buffer): Promise<Unpacked> {
  const directory = temporaryDirectory();
  const archive = path.join(directory, "archive");
  writeFileSync(archive, content);
  const target = path.join(directory, "target");
  return { root: await extractArchive(archive, target), target };
}

const good: readonly Entry[] = [
  { name: "model/visual/model.onnx", content: "visual" },
  { name: "model/model.json", content: "{}" },
];

describe("an archive", () => {
  test.each([
    ["tar", tarOf(good)],
    ["tar.gz", gzipSync(tarOf(good))],
    ["zip", zipOf(good)],
    ["tar with directories", tarOf([{ name: "model/", type: "Directory" }, ...good])],
    ["zip with directories", zipOf([{ name: "model/", mode: 0o040755 }, ...good])],
    ["zip of a Mac", zipOf([...good, { name: "__MACOSX/model/._model.json", content: "x" }])],
    ["zip without modes", zipOf(good.map((entry) => ({ ...entry, mode: 0 })))],
  ])("is unpacked: %s", async (_, content) => {
    const { root, target } = await unpack(content);
    expect(root).toBe(path.join(target, "model"));
    expect(readFileSync(path.join(root, "visual/model.onnx"), "utf8")).toBe("visual");
    expect(readFileSync(path.join(root, "model.json"), "utf8")).toBe("{}");
  });

  test("may hold the files at its top", async () => {
    const { root, target } = await unpack(tarOf([{ name: "model.json" }, { name: "visual/model.onnx" }]));
    expect(root).toBe(target);
  });

  test("that tar made is unpacked", async () => {
    const directory = temporaryDirectory();
    mkdirSync(path.join(directory, "model"));
    writeFileSync(path.join(directory, "model/model.json"), "{}");
    const archive = path.join(directory, "model.tgz");
    await create({ file: archive, cwd: directory, gzip: true }, ["model"]);
    const root = await extractArchive(archive, path.join(directory, "target"));
    expect(readdirSync(root)).toEqual(["model.json"]);
  });
});

describe("an archive is refused", () => {
  const escape = { name: "../escaped", content: "x" };
  test.each<[why: string, archive: Buffer]>([
    ['"../escaped" leads out of it', tarOf([escape])],
    ['"../escaped" leads out of it', gzipSync(tarOf([escape]))],
    ['"a/../../escaped" leads out of it', tarOf([{ name: "a/../../escaped" }])],
    ['"/escaped" leads out of it', tarOf([{ name: "/escaped" }])],
    ["leads out of it", tarOf([{ name: "C:escaped" }])],
    ["leads out of it", tarOf([{ name: "..\\escaped" }])],
    ["is a SymbolicLink", tarOf([{ name: "model.json", type: "SymbolicLink", link: "/etc/passwd" }])],
    ["is a SymbolicLink", tarOf([{ name: "dir", type: "SymbolicLink", link: ".." }, { name: "dir/escaped" }])],
    ["is a Link", tarOf([{ name: "model.json", type: "Link", link: "../archive" }])],
    ["is a CharacterDevice", tarOf([{ name: "zero", type: "CharacterDevice" }])],
    ["is a FIFO", tarOf([{ name: "pipe", type: "FIFO" }])],
    ["more than 10000 entries", tarOf(Array.from({ length: 10_001 }, (_, i) => ({ name: `file${i}` })))],
    ["ratio exceeded", gzipSync(tarOf([{ name: "zeros", content: Buffer.alloc(2 ** 27) }]))],
    ["expected a .zip, .tar or .tar.gz archive", Buffer.from("this is no archive, but it is longer than nothing")],
    ["expected a .zip, .tar or .tar.gz archive", tarOf(good).subarray(0, 700)],
    ["expected a .zip, .tar or .tar.gz archive", gzipSync(tarOf(good)).subarray(0, 100)],
    ["expected a .zip, .tar or .tar.gz archive", tarOf([])],
    ["../escaped", zipOf([escape])],
    ["/escaped", zipOf([{ name: "/escaped" }])],
    ["..\\escaped", zipOf([{ name: "..\\escaped" }])],
    ["is a SymbolicLink", zipOf([{ name: "model.json", content: "/etc/passwd", mode: 0o120777 }])],
    ["is a special file", zipOf([{ name: "pipe", mode: 0o010644 }])],
    ["more than 105 MB when unpacked", zipOf([{ name: "zeros", content: Buffer.alloc(2 ** 27) }])],
    ["too many bytes", zipOf([{ name: "zeros", content: Buffer.alloc(2 ** 20), claims: 10 }])],
    ["EEXIST", zipOf([{ name: "twice" }, { name: "twice" }])],
    ["expected a .zip, .tar or .tar.gz archive", zipOf(good).subarray(0, 60)],
    ["found nothing in it", zipOf([])],
  ])("where it says %s (%#)", async (why, content) => {
    const directory = temporaryDirectory();
    const archive = path.join(directory, "archive");
    writeFileSync(archive, content);
    await expect(extractArchive(archive, path.join(directory, "in/target"))).rejects.toMatchObject({
      code: "ARCHIVE_INVALID",
      message: expect.stringContaining(why),
    });
    expect(readdirSync(directory).toSorted()).toEqual(["archive", "in"]);
    expect(readdirSync(path.join(directory, "in"))).toEqual(["target"]);
  });

  test("that a link in the target's place would lead astray", async () => {
    const directory = temporaryDirectory();
    const archive = path.join(directory, "archive");
    mkdirSync(path.join(directory, "target"));
    mkdirSync(path.join(directory, "outside"));
    symlinkSync("../outside", path.join(directory, "target/dir"));
    writeFileSync(archive, tarOf([{ name: "dir/escaped", content: "x" }]));
    await extractArchive(archive, path.join(directory, "target")).catch(() => {});
    expect(readdirSync(path.join(directory, "outside"))).toEqual([]);
  });
});
