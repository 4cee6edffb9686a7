import { extract } from "tar";
import type { ArchiveRules } from "./archive-rules.ts";
import { mostGrowth } from "./archive-rules.ts";

const files = new Set(["File", "OldFile", "ContiguousFile"]);

/** Unpacks a tar archive, compressed or not, to the directory `target`. */
export async function extractTar(
  archive: string,
  target: string,
  rules: ArchiveRules,
  signal: AbortSignal | undefined,
): Promise<void> {
  let refusal: { readonly error: unknown } | undefined;
  await extract({
    file: archive,
    cwd: target,
    // What it would only warn of is an error.
    strict: true,
    preserveOwner: false,
    noChmod: true,
    maxDecompressionRatio: mostGrowth,
    filter: (path, entry) => {
      if (refusal !== undefined || signal?.aborted === true) return false;
      const type = "type" in entry ? entry.type : "File";
      const kind = files.has(type) || type === "Directory" ? undefined : type;
      try {
        rules.check(path, entry.size, kind);
        return true;
      } catch (error) {
        refusal = { error };
        return false;
      }
    },
  });
  signal?.throwIfAborted();
  if (refusal !== undefined) throw refusal.error;
}
