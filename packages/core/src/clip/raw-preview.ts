import { jpegSize } from "./jpeg-size.ts";
import { type TiffDirectory, tiffDirectories } from "./tiff-directories.ts";

/** The JPEG that a camera put into its RAW file: the picture as it showed it. */
export interface RawPreview {
  readonly width: number;
  readonly height: number;
  /** The JPEG, and maybe more behind it. */
  readonly bytes: Uint8Array;
  /** EXIF orientation that the RAW itself states; undefined leaves it to the JPEG. */
  readonly orientation: number | undefined;
}

const tag = {
  compression: 259,
  photometric: 262,
  orientation: 274,
  stripOffsets: 273,
  jpegOffset: 513,
  /** Panasonic's JpgFromRaw: the JPEG is the field itself. */
  panasonicJpeg: 46,
  dngVersion: 50706,
} as const;

/** PhotometricInterpretation: colour filter array, and LinearRaw (TIFF/EP; DNG 1.7). */
const sensorColours: ReadonlySet<number> = new Set([32803, 34892]);
/** Compression: Sony's and Nikon's own. */
const sensorCompressions: ReadonlySet<number> = new Set([32767, 34713]);

/**
 * Whether a TIFF is a camera's RAW: Canon's CR2 says so, DNG has its version, all others (NEF, ARW, PEF, SRW …) have a
 * directory of sensor data.
 */
export function isRawTiff(bytes: Uint8Array): boolean {
  if (bytes.length >= 10 && bytes[8] === 0x43 && bytes[9] === 0x52) return true;
  return tiffDirectories(bytes).some(
    (directory) =>
      directory.place(tag.dngVersion) !== undefined ||
      directory.numbers(tag.photometric).some((value) => sensorColours.has(value)) ||
      directory.numbers(tag.compression).some((value) => sensorCompressions.has(value)),
  );
}

/**
 * The largest JPEG in a RAW file. Where it lies is looked up as far as it is standard: in the directories of a TIFF
 * (CR2, NEF, ARW, DNG, RW2 …) and in the header of Fuji's RAF. Where that gives nothing of `size` pixels on the shorter
 * side, the file is searched for beginnings of JPEGs: CR3 and ORF, which hide theirs in boxes and notes of the makers'
 * own. A DNG is not searched, as its sensor data may be tiles of JPEG.
 */
export function rawPreview(bytes: Buffer, size: number): RawPreview | undefined {
  const directories = tiffDirectories(bytes);
  const named = largestJpeg(bytes, namedPlaces(bytes, directories));
  const isDng = directories.some((directory) => directory.place(tag.dngVersion) !== undefined);
  const isEnough = named !== undefined && Math.min(named.width, named.height) >= size;
  const found = isEnough || isDng ? named : (largestJpeg(bytes, foundPlaces(bytes)) ?? named);
  if (found === undefined) return undefined;
  const { start, width, height } = found;
  return { width, height, bytes: bytes.subarray(start), orientation: orientationOf(bytes, directories) };
}

/** Offsets that the file's own structure gives for JPEGs. */
function* namedPlaces(bytes: Buffer, directories: readonly TiffDirectory[]): Generator<number> {
  // RAF: offset of the JPEG, big-endian, at 84.
  if (bytes.length >= 88 && bytes.toString("latin1", 0, 8) === "FUJIFILM") yield bytes.readUInt32BE(84);
  for (const directory of directories) {
    yield* directory.numbers(tag.jpegOffset).slice(0, 1);
    const strips = directory.numbers(tag.stripOffsets);
    const [compression] = directory.numbers(tag.compression);
    if (strips.length === 1 && (compression === 6 || compression === 7)) yield strips[0]!;
    const panasonic = directory.place(tag.panasonicJpeg);
    if (panasonic !== undefined) yield panasonic.start;
  }
}

/** Compressed sensor data hold the three bytes by chance once in 16 MB; more than this only an attacker makes. */
const mostPlaces = 10_000;
const jpegStart = Buffer.from([0xff, 0xd8, 0xff]);

/** Offsets at which a JPEG may begin. */
function* foundPlaces(bytes: Buffer): Generator<number> {
  let at = bytes.indexOf(jpegStart);
  for (let count = 0; at !== -1 && count < mostPlaces; count++) {
    yield at;
    at = bytes.indexOf(jpegStart, at + 1);
  }
}

function largestJpeg(
  bytes: Uint8Array,
  places: Iterable<number>,
): { start: number; width: number; height: number } | undefined {
  let best: { start: number; width: number; height: number } | undefined;
  for (const start of places) {
    const size = jpegSize(bytes, start);
    if (size !== undefined && size.width * size.height > (best?.width ?? 0) * (best?.height ?? 0)) {
      best = { start, ...size };
    }
  }
  return best;
}

/** The orientation in the first directory; a CR3 has that directory in a box named CMT1, near its beginning. */
function orientationOf(bytes: Buffer, directories: readonly TiffDirectory[]): number | undefined {
  const [own] = directories[0]?.numbers(tag.orientation) ?? [];
  if (own !== undefined) return own;
  const box = bytes.subarray(0, 65_536).indexOf("CMT1");
  return box === -1 ? undefined : tiffDirectories(bytes.subarray(box + 4))[0]?.numbers(tag.orientation)[0];
}
