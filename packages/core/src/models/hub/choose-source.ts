import { ClipfindError } from "../../errors.ts";
import type { PullableModel, SourceFile } from "../catalogue-model.ts";
import type { HubConnection } from "./hub-connection.ts";
import { type RemoteFile, listRepository } from "./list-repository.ts";
import type { RetryOptions } from "./retrying.ts";

/** A file to download: what it is, and where it goes in the directory of the source. */
export interface PlannedFile extends RemoteFile {
  readonly repository: string;
  readonly revision: string;
  readonly path: string;
  readonly as: string;
}

/**
 * The files of the first source of a model that the hub has whole.
 * @throws ClipfindError HUB_NOT_FOUND or HUB_DENIED (it has none), HUB_FAILED, AbortError
 */
export async function chooseSource(
  hub: HubConnection,
  { id, sources }: PullableModel,
  options: RetryOptions,
): Promise<readonly PlannedFile[]> {
  const lists = new Map<string, Promise<Map<string, RemoteFile>>>();
  const listOf = ({ repository, revision }: SourceFile): Promise<Map<string, RemoteFile>> => {
    const key = `${repository}@${revision ?? "main"}`;
    const list = lists.get(key) ?? listRepository(hub, { repository, revision }, options);
    lists.set(key, list);
    return list;
  };
  const failures: ClipfindError[] = [];
  for (const { files } of sources) {
    try {
      const planned: PlannedFile[] = [];
      for (const file of files) {
        const { repository, revision = "main", path, as = path, isOptional = false } = file;
        const remote = (await listOf(file)).get(path);
        if (remote === undefined && isOptional) continue;
        if (remote === undefined) throw lacks(repository, revision, path);
        planned.push({ ...remote, repository, revision, path, as });
      }
      return planned;
    } catch (error) {
      if (!(error instanceof ClipfindError) || (error.code !== "HUB_NOT_FOUND" && error.code !== "HUB_DENIED"))
        throw error;
      failures.push(error);
    }
  }
  const [first] = failures;
  if (first === undefined || failures.length === 1) throw first ?? lacks(id, "main", "a source");
  const reasons = failures.map(({ message }) => `\n  ${message}`).join("");
  throw new ClipfindError(first.code, `None of the places that have ${id} could be used:${reasons}`, {
    hint: first.hint ?? "",
    cause: first,
  });
}

function lacks(repository: string, revision: string, path: string): ClipfindError {
  return new ClipfindError("HUB_NOT_FOUND", `${repository} (${revision}) has no file ${path} on this hub`, {
    hint: "Is --hub (HF_ENDPOINT) a whole mirror?",
  });
}
