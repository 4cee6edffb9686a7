import type { WireError } from "./wire-error.ts";

/** Client to worker: a call, or the wish that the worker finishes what it has in hand and ends. */
export type Request =
  | { readonly kind: "call"; readonly id: number; readonly method: string; readonly argument: unknown }
  | { readonly kind: "close" };

/** Worker to client: the one answer to the call with the same id. */
export type Response =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: WireError };

/** Client to child process: first what it is to open with, then calls. It is ended by a signal, not by a message. */
export type ProcessRequest =
  | { readonly kind: "open"; readonly data: unknown; readonly nice: number | undefined }
  | Extract<Request, { readonly kind: "call" }>;

/** Child process to client: an answer, or only how much memory the process has (resident, bytes). */
export type ProcessResponse = (Response | object) & { readonly rss: number };
