import { modelInfo } from "@huggingface/hub";
import { ClipfindError } from "../../errors.ts";
import type { Licence, SourceFile } from "../catalogue-model.ts";
import { boundedFetch } from "./bounded-fetch.ts";
import type { HubConnection } from "./hub-connection.ts";
import { type RetryOptions, retrying } from "./retrying.ts";
import { Transient } from "./transient.ts";

/** Identifiers, as the hub writes them, of licences that let everybody use a model. */
const open =
  /^(mit|apache-2\.0|bsd(-[23]-clause)?|isc|unlicense|zlib|wtfpl|cc0-1\.0|cc-by(-sa)?-\d\.\d|mpl-2\.0|l?gpl-[23]\.\d|agpl-3\.0|(bigscience-|creativeml-)?openrail(\+\+|-m)?)$/;

/**
 * The licence that a repository on the hub names.
 * @throws ClipfindError HUB_DENIED (one that does not let everybody use the model), HUB_FAILED, AbortError
 */
export function repositoryLicence(
  hub: HubConnection,
  { repository, revision = "main" }: SourceFile,
  options: RetryOptions,
): Promise<Licence> {
  return retrying(async () => {
    const name = nameOf(await tagsOf(hub, repository, revision, options.signal));
    if (name === undefined) {
      return { name: "unknown", note: "the repository names none: see for yourself whether you may use the model" };
    }
    if (open.test(name)) return { name };
    throw new ClipfindError("HUB_DENIED", `The licence of ${repository}, ${name}, does not let everybody use it`, {
      hint: "Such models are not downloaded by name. If you may use it, get its files and run `clipfind models import`.",
    });
  }, options);
}

function nameOf(tags: unknown): string | undefined {
  const tag = Array.isArray(tags)
    ? tags.find((each) => typeof each === "string" && each.startsWith("license:"))
    : undefined;
  return typeof tag === "string" ? tag.slice("license:".length).toLowerCase() : undefined;
}

async function tagsOf(hub: HubConnection, name: string, revision: string, signal?: AbortSignal): Promise<unknown> {
  const senseless = (found: string, cause?: unknown): ClipfindError =>
    new ClipfindError("HUB_FAILED", `Expected the description of ${name} from the hub, found ${found}`, {
      hint: "Is --hub (HF_ENDPOINT) the URL of a hub that speaks the Hugging Face hub's interface?",
      cause,
    });
  const fetch = boundedFetch(hub, signal, senseless);
  try {
    return (await modelInfo({ name, revision, additionalFields: ["tags"], hubUrl: hub.endpoint, fetch })).tags;
  } catch (error) {
    // A mirror may have the files alone; whether there are any is seen next.
    if (error instanceof ClipfindError && error.code === "HUB_NOT_FOUND") return undefined;
    const isKnown = error instanceof ClipfindError || error instanceof Transient;
    if (isKnown || signal?.aborted === true) throw error;
    throw senseless("something else", error);
  }
}
