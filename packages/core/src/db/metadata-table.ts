import type { Database } from "better-sqlite3";
import { type BytePath, bytePathFromBuffer } from "../byte-path.ts";
import type { Fingerprint } from "../fingerprint.ts";
import type { PhotoMetadata } from "../photo-metadata.ts";

/** A content of which it was not read yet what it says, and a file that has it. */
export interface UndescribedContent {
  readonly id: number;
  readonly directory: BytePath;
  readonly name: BytePath;
  /** Of the file when it had the content. */
  readonly fingerprint: Fingerprint;
}

interface WaitingRow {
  readonly id: bigint;
  readonly directory: Buffer;
  readonly name: Buffer;
  readonly bytes: bigint;
  readonly mtime_ns: bigint;
  readonly ctime_ns: bigint;
  readonly inode: bigint;
}

export interface MetadataTable {
  /** What is known of a content, sidecars included; keywords in order of their code points. */
  of(contentId: number): PhotoMetadata;
  /** What its bytes alone say. */
  embedded(contentId: number): PhotoMetadata;
  /** Says what the bytes of a content say; what sidecars say of it is forgotten. */
  describe(contentId: number, embedded: PhotoMetadata): void;
  /** Says what is known of a content by its sidecars, too. Writes nothing where nothing changes; whether it did. */
  refine(contentId: number, refined: PhotoMetadata): boolean;
  isDescribed(contentId: number): boolean;
  /** Contents with a vector that have a present file and are not described. */
  undescribed(): number;
  /** Present files of the next of them with ids above `id`, ascending: all files of up to `count` contents. */
  undescribedAfter(id: number, count: number): UndescribedContent[];
}

interface Row {
  readonly taken: number | null;
  readonly taken_offset: number | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly altitude: number | null;
  readonly camera: string | null;
  readonly lens: string | null;
  readonly rating: number | null;
  readonly caption: string | null;
  readonly embedded: string | null;
}

export function metadataTable(db: Database): MetadataTable {
  const row = db.prepare<[number], Row>(
    `SELECT taken, taken_offset, latitude, longitude, altitude, camera, lens, rating, caption, embedded FROM metadata
     WHERE content_id = ?`,
  );
  const words = db
    .prepare<[number], string>("SELECT keyword FROM keywords WHERE content_id = ? ORDER BY keyword")
    .pluck();
  const put = db.prepare(
    `INSERT OR REPLACE INTO metadata (content_id, taken, taken_offset, latitude, longitude, altitude, camera, lens, rating,
       caption, embedded)
     VALUES (:id, :taken, :takenOffset, :latitude, :longitude, :altitude, :camera, :lens, :rating, :caption, :embedded)`,
  );
  const remove = db.prepare("DELETE FROM metadata WHERE content_id = ?");
  const removeWords = db.prepare("DELETE FROM keywords WHERE content_id = ?");
  const addWord = db.prepare("INSERT OR IGNORE INTO keywords (content_id, keyword) VALUES (?, ?)");
  const setDescribed = db.prepare("UPDATE contents SET described = 1 WHERE id = ? AND described = 0");
  const described = db.prepare<[number], number>("SELECT described FROM contents WHERE id = ?").pluck();
  const waiting = `contents c WHERE c.described = 0 AND c.error IS NULL
    AND EXISTS (SELECT 1 FROM files f WHERE f.content_id = c.id AND f.missing_since IS NULL)`;
  const undescribed = db.prepare<[], number>(`SELECT count(*) FROM ${waiting}`).pluck();
  const undescribedAfter = db
    .prepare<[number, number], WaitingRow>(
      `SELECT f.content_id AS id, d.path AS directory, f.name, f.bytes, f.mtime_ns, f.ctime_ns, f.inode
       FROM (SELECT c.id FROM ${waiting} AND c.id > ? ORDER BY c.id LIMIT ?) some
       JOIN files f ON f.content_id = some.id JOIN directories d ON d.id = f.directory_id
       WHERE f.missing_since IS NULL ORDER BY f.content_id, d.path, f.name`,
    )
    .safeIntegers();

  const known = (id: number): PhotoMetadata => {
    const found = row.get(id);
    const keywords = words.all(id);
    return { ...(found && fieldsOf(found)), ...(keywords.length > 0 && { keywords }) };
  };
  const embedded = (id: number): PhotoMetadata => {
    const own = row.get(id)?.embedded ?? null;
    return own === null ? known(id) : (JSON.parse(own) as PhotoMetadata);
  };
  const write = (id: number, metadata: PhotoMetadata, own: string | null): void => {
    const { keywords = [], rating, ...fields } = metadata;
    removeWords.run(id);
    for (const keyword of keywords) addWord.run(id, keyword);
    // No stars are no rating, but the photo itself may state some.
    const stars = rating === 0 ? undefined : rating;
    const columns = { ...nothing, ...fields, ...(stars !== undefined && { rating: stars }), embedded: own };
    if (Object.values(columns).some((value) => value !== null)) put.run({ ...columns, id });
    else remove.run(id);
  };
  return {
    of: known,
    embedded,
    describe: (id, metadata) => {
      write(id, metadata, null);
      setDescribed.run(id);
    },
    refine: (id, refined) => {
      const own = embedded(id);
      const before = row.get(id)?.embedded ?? null;
      const after = sameAs(own, refined) ? null : JSON.stringify(own);
      if (after === before && sameAs(known(id), refined)) return false;
      write(id, refined, after);
      return true;
    },
    isDescribed: (id) => described.get(id) === 1,
    undescribed: () => undescribed.get() ?? 0,
    undescribedAfter: (id, count) =>
      undescribedAfter.all(id, count).map((found) => ({
        id: Number(found.id),
        directory: bytePathFromBuffer(found.directory),
        name: bytePathFromBuffer(found.name),
        fingerprint: { bytes: found.bytes, mtimeNs: found.mtime_ns, ctimeNs: found.ctime_ns, inode: found.inode },
      })),
  };
}

const nothing = {
  taken: null,
  takenOffset: null,
  latitude: null,
  longitude: null,
  altitude: null,
  camera: null,
  lens: null,
  rating: null,
  caption: null,
};

function fieldsOf(row: Row): PhotoMetadata {
  const { taken, taken_offset: takenOffset, latitude, longitude, altitude, camera, lens, rating, caption } = row;
  const fields = { taken, takenOffset, latitude, longitude, altitude, camera, lens, rating, caption };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** Whether both are stored in the same way. */
function sameAs(a: PhotoMetadata, b: PhotoMetadata): boolean {
  const stored = ({ keywords = [], rating, ...fields }: PhotoMetadata): unknown[] => [
    Object.entries(fields).toSorted(([x], [y]) => (x < y ? -1 : 1)),
    rating === 0 ? undefined : rating,
    [...new Set(keywords)].toSorted(),
  ];
  return JSON.stringify(stored(a)) === JSON.stringify(stored(b));
}
