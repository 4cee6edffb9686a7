import { mkdir, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ClipfindError } from "../../errors.ts";
import { fileError } from "../file-error.ts";
import { ArchiveRules } from "./archive-rules.ts";

/** What archives are packed together with by some systems. */
const junk = new Set(["__MACOSX", ".DS_Store"]);

/**
 * Unpacks a .zip, .tar or .tar.gz into `target`, which is made.
 * @returns the directory in it that holds the files: often there is just one below the top
 * @throws ClipfindError ARCHIVE_INVALID (none, a damaged one, or one with links, foreign paths or a bomb), DISK_FULL,
 *   PERMISSION_DENIED, AbortError
 */
export async function extractArchive(archive: string, target: string, signal?: AbortSignal): Promise<string> {
  try {
    await mkdir(target, { recursive: true });
    const { size } = await stat(archive);
    const rules = await ArchiveRules.of(archive, size, target);
    // Each reader is loaded where it is needed.
    if (await isZip(archive)) {
      const { extractZip } = await import("./extract-zip.ts");
      await extractZip(archive, target, rules, signal);
    } else {
      const { extractTar } = await import("./extract-tar.ts");
      await extractTar(archive, target, rules, signal);
    }
    return await innermost(target, archive);
  } catch (error) {
    // Names that cannot be, or are given twice, are the archive's fault.
    const isOfNames = /^(EEXIST|EINVAL|EISDIR|ELOOP|ENAMETOOLONG|ENOTDIR)$/.test(
      (error as NodeJS.ErrnoException | undefined)?.code ?? "",
    );
    const known = isOfNames ? error : fileError(error, archive);
    if (known instanceof ClipfindError || signal?.aborted === true) throw known;
    const what = error instanceof Error ? error.message : String(error);
    throw new ClipfindError("ARCHIVE_INVALID", `${archive}: expected a .zip, .tar or .tar.gz archive: ${what}`, {
      hint: "It may be cut off: copy it again.",
      cause: error,
    });
  }
}

async function isZip(archive: string): Promise<boolean> {
  await using handle = await open(archive);
  const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
  const start = buffer.toString("latin1");
  // The second is an archive without entries.
  return start === "PK\u0003\u0004" || start === "PK\u0005\u0006";
}

async function innermost(directory: string, archive: string): Promise<string> {
  const entries = (await readdir(directory, { withFileTypes: true })).filter(({ name }) => !junk.has(name));
  const [only, ...others] = entries;
  if (only === undefined) {
    throw new ClipfindError("ARCHIVE_INVALID", `${archive}: expected an archive of a model, found nothing in it`, {
      hint: "Is it the right file?",
    });
  }
  return others.length === 0 && only.isDirectory() ? innermost(join(directory, only.name), archive) : directory;
}
