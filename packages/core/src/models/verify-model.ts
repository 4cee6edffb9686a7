import path from "node:path";
import { ClipfindError } from "../errors.ts";
import { type CheckedFile, forgetFiles, rememberFiles, stateOf } from "./checked-files.ts";
import { hashFile } from "./hash-file.ts";
import type { Model } from "./open-model.ts";

/**
 * Reads files of a model whole and compares size and SHA-256 with the manifest, about a second per gigabyte. What came
 * out is remembered for index runs of this user (checked-files.ts).
 *
 * @param files - the files to check; all unless given
 * @throws ClipfindError MODEL_INVALID for the first file that differs, MODEL_NOT_FOUND for one that cannot be read
 */
export async function verifyModel(model: Model, files?: readonly string[]): Promise<void> {
  await rememberFiles(await verifiedFiles(model, files));
}

/** As verifyModel, but only returns what there is to remember. Throws what that throws. */
export async function verifiedFiles(
  model: Model,
  files: readonly string[] = Object.keys(model.manifest.files),
): Promise<CheckedFile[]> {
  const checked: CheckedFile[] = [];
  for (const file of files) {
    const filePath = path.join(model.directory, file);
    const expected = model.manifest.files[file];
    if (expected === undefined) throw new ClipfindError("INVALID_ARGUMENT", `${file} is no file of this model.`);
    // One after the other: the disk is the limit, and the first bad file is the one to name.
    const { state, ...found } = await readFile(filePath);
    if (found.bytes === expected.bytes && found.sha256 === expected.sha256) {
      checked.push({ path: filePath, state, sha256: found.sha256 });
      continue;
    }
    await forgetFiles([filePath]);
    throw new ClipfindError(
      "MODEL_INVALID",
      `${filePath}: expected ${expected.bytes} bytes with SHA-256 ${expected.sha256}, ` +
        `found ${found.bytes} bytes with SHA-256 ${found.sha256}.`,
      { hint: "The file is damaged or another one: copy it again, or write a new manifest for it." },
    );
  }
  return checked;
}

/** Its state first: what changes while it is read is in another one then. */
async function readFile(filePath: string): Promise<{ state: string; bytes: number; sha256: string }> {
  try {
    return { state: stateOf(filePath), ...(await hashFile(filePath)) };
  } catch (cause) {
    throw new ClipfindError("MODEL_NOT_FOUND", `${filePath}: expected a readable file, could not read it.`, {
      hint: "Copy the model directory again or restore the permission to read it.",
      cause,
    });
  }
}
