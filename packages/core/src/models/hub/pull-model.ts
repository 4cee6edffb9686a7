import { join } from "node:path";
import { HUB_URL } from "@huggingface/hub";
import { ClipfindError } from "../../errors.ts";
import type { PullableModel } from "../catalogue-model.ts";
import { installModel } from "../install-model.ts";
import { installedIds } from "../installed-models.ts";
import { withModelLock } from "../model-lock.ts";
import { partialDirectory } from "../models-home.ts";
import { type Model, openModel } from "../open-model.ts";
import type { Environment } from "./access-token.ts";
import { type PlannedFile, chooseSource } from "./choose-source.ts";
import { fetchFiles } from "./fetch-files.ts";
import { HubConnection } from "./hub-connection.ts";
import { hubEndpoint } from "./hub-endpoint.ts";
import type { PullEvent } from "./pull-event.ts";
import { repositoryLicence } from "./repository-licence.ts";

export interface PullRequest {
  /** Of the catalogue, or by repositoryModel(). */
  readonly model: PullableModel;
  /** See modelsHome(). */
  readonly home: string;
  /** For proxies, the access token, and HF_ENDPOINT. */
  readonly env: Environment;
  /** URL of a mirror; else HF_ENDPOINT, else the public hub. */
  readonly hub?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: PullEvent) => void) | undefined;
  /** Milliseconds to wait for an answer or the next bytes of one; 60,000 unless given. */
  readonly patienceMs?: number | undefined;
  /** Milliseconds before the second try; 1,000 unless given. */
  readonly pauseMs?: number | undefined;
}

/** What pullModel() leads to. */
export interface Pulled {
  readonly model: Model;
  /** False where it was there before. */
  readonly isNew: boolean;
}

/**
 * Downloads a model and makes a model directory of it in `home`, which appears whole or not at all. What
 * a call that was stopped or killed has downloaded, the next one uses. Of two calls for one model the second waits.
 * @throws ClipfindError HUB_DENIED, HUB_NOT_FOUND, HUB_FAILED, DOWNLOAD_DAMAGED, MODEL_INVALID, DISK_FULL,
 *   PERMISSION_DENIED, INVALID_ARGUMENT, ABORTED
 */
export async function pullModel(request: PullRequest): Promise<Pulled> {
  const { signal } = request;
  try {
    return await pull(request);
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    throw new ClipfindError("ABORTED", "Stopped; what was downloaded is kept", {
      hint: `Run \`clipfind models pull ${request.model.id}\` again to go on.`,
      cause: error,
    });
  }
}

async function pull(request: PullRequest): Promise<Pulled> {
  const { model, home, env, signal, onEvent } = request;
  if (/^(1|true|yes|on)$/i.test(env["HF_HUB_OFFLINE"] ?? "")) {
    throw new ClipfindError("HUB_FAILED", "HF_HUB_OFFLINE is set: nothing is to be downloaded", {
      hint: "Unset it, or bring the model in a file: `clipfind models import PATH`.",
    });
  }
  const endpoint = hubEndpoint(request.hub ?? (env["HF_ENDPOINT"] || HUB_URL));
  const isDefault = endpoint === HUB_URL;
  await using hub = new HubConnection({ endpoint, isDefault, env, patienceMs: request.patienceMs ?? 60_000 });
  const locking = { signal, onWait: (holder: string): void => onEvent?.({ type: "waiting", holder }) };
  return await withModelLock(home, model.id, locking, async () => {
    const directory = join(home, model.id);
    if (installedIds(home).includes(model.id)) return { model: openInstalled(model.id, directory), isNew: false };
    return { model: await download(hub, request, directory), isNew: true };
  });
}

function openInstalled(id: string, directory: string): Model {
  try {
    return openModel(directory);
  } catch (error) {
    if (!(error instanceof ClipfindError)) throw error;
    const hint = `The model that is there is damaged: run \`clipfind models remove ${id}\`, then pull it again.`;
    throw new ClipfindError(error.code, error.message, { hint, cause: error });
  }
}

async function download(hub: HubConnection, request: PullRequest, directory: string): Promise<Model> {
  const { model, home, signal, onEvent, pauseMs = 1000 } = request;
  const { id, name } = model;
  const onRetry = (reason: string, pause: number): void => onEvent?.({ type: "retry", reason, pauseMs: pause });
  const retry = { pauseMs, signal, onRetry };
  const files = await chooseSource(hub, model, retry);
  const licence = model.licence ?? (await repositoryLicence(hub, files[0] as PlannedFile, retry));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const repositories = [...new Set(files.map(({ repository }) => repository))];
  const { endpoint } = hub;
  onEvent?.({ type: "start", id, name, licence, hub: endpoint, repositories, files: files.length, bytes, directory });
  const source = join(partialDirectory(home, id), "source");
  await fetchFiles(hub, files, source, {
    ...retry,
    onBytes: (present) => onEvent?.({ type: "progress", present, bytes }),
  });
  const onStep = (step: string): void => onEvent?.({ type: "step", step });
  return installModel({
    home,
    id,
    name,
    source,
    origin: { licence, hub: endpoint, files },
    signal,
    onStep,
  });
}
