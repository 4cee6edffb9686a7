import { getSystemErrorName } from "node:util";
import { Walk } from "@clipfind/native";
import { type BytePath, bytePathFromBuffer, bytePathToBuffer } from "./byte-path.ts";
import { ClipfindError } from "./errors.ts";
import { FoundFiles } from "./found-files.ts";
import type { ScanRules } from "./scan-rules.ts";

/** A folder to walk, and which files of it count. */
export interface WalkRoot {
  readonly path: BytePath;
  readonly rules: ScanRules;
}

/** A directory known from before. */
export interface KnownDirectory {
  readonly path: BytePath;
  /** 16 bytes over all of its candidates and their sidecars, if it may be skipped while they stay the same. */
  readonly digest: Buffer | null;
}

/** A directory that is new or has changed, with its candidates. */
export interface WalkedDirectory {
  readonly path: BytePath;
  /** Which of the known directories it is, if any. */
  readonly known: number | undefined;
  readonly digest: Buffer;
  readonly files: FoundFiles;
  /** XMP sidecars of the candidates. */
  readonly sidecars: FoundFiles;
}

/** What a walk has come upon. */
export interface WalkBatch {
  /** Known directories that are as they were: which, and how many candidates they have. */
  readonly unchanged: readonly { readonly known: number; readonly files: number }[];
  readonly directories: readonly WalkedDirectory[];
  /** Directories that could not be read: nothing is known of what is in and below them. */
  readonly unreadable: readonly { readonly path: BytePath; readonly error: NodeJS.ErrnoException }[];
  /** Rules in ignore files that cannot be understood; they are left out. */
  readonly badRules: readonly { readonly path: BytePath; readonly message: string }[];
}

export interface WalkOptions {
  /** One inside another is walked by its own rules, and not by the other's. */
  readonly roots: readonly WalkRoot[];
  /** Extensions of candidates, in lower case, besides those that the rules of a root add. */
  readonly extensions: readonly string[];
  readonly known: readonly KnownDirectory[];
}

const noDigest = Buffer.alloc(16);

/**
 * Walks folders in a thread of its own, depth-first; a directory comes after those below it. Directories without
 * candidates come only if they are known.
 * @throws ClipfindError INVALID_ARGUMENT for a glob that cannot be understood
 */
export async function* walkDirectories(options: WalkOptions): AsyncGenerator<WalkBatch, void, void> {
  const walk = start(options);
  try {
    for (let batch = await walk.next(); batch !== null; batch = await walk.next()) {
      const { unchanged, directories, problems } = batch;
      yield {
        unchanged: Array.from({ length: unchanged.length / 2 }, (_, index) => ({
          known: unchanged[2 * index] as number,
          files: unchanged[2 * index + 1] as number,
        })),
        directories: directories.map(({ path, known, digest, names, stats, sidecarNames, sidecarStats }) => ({
          path: bytePathFromBuffer(path),
          known: known ?? undefined,
          digest,
          files: new FoundFiles(names, stats),
          sidecars: new FoundFiles(sidecarNames, sidecarStats),
        })),
        unreadable: problems
          .filter((problem) => problem.isUnreadable)
          .map(({ path, errno, message }) => ({ path: bytePathFromBuffer(path), error: systemError(message, errno) })),
        badRules: problems
          .filter((problem) => !problem.isUnreadable)
          .map(({ path, message }) => ({ path: bytePathFromBuffer(path), message })),
      };
    }
  } finally {
    walk.close();
  }
}

function start({ roots, extensions, known }: WalkOptions): Walk {
  try {
    return Walk.start({
      roots: roots.map(
        ({ path, rules: { follow = false, hidden = false, ignore = true, exclude = [], svg = false } }) => ({
          path: bytePathToBuffer(path),
          follow,
          hidden,
          noIgnore: !ignore,
          exclude: [...exclude],
          extensions: svg ? [...extensions, "svg"] : [...extensions],
        }),
      ),
      known: Buffer.from(known.map(({ path }) => `${path}\0`).join(""), "latin1"),
      digests: Buffer.concat(known.map(({ digest }) => digest ?? noDigest)),
    });
  } catch (cause) {
    const [, message] = (cause instanceof Error && /^INVALID_ARGUMENT: (.*)$/s.exec(cause.message)) || [];
    if (message === undefined) throw cause;
    throw new ClipfindError("INVALID_ARGUMENT", message.replace(/^e/, "E"), {
      cause,
      hint: "Globs are those of .gitignore, from the indexed folder: `raw/`, `*.png`, `/2019/private/**`.",
    });
  }
}

function systemError(message: string, errno: number | null | undefined): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(message);
  // Where the number was wrapped on its way, Rust's words end in "(os error 13)".
  const number = errno ?? Number(/\(os error (\d+)\)/.exec(message)?.[1]);
  if (!Number.isNaN(number)) error.code = getSystemErrorName(-number);
  else if (message.includes("not a directory")) error.code = "ENOTDIR";
  return error;
}
