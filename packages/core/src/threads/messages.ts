import type { WireError } from "./wire-error.ts";

/** Client to worker: a call, or the wish that the worker finishes what it has in hand and ends. */
export type Request =
  | { readonly kind: "call"; readonly id: number; readonly method: string; readonly argument: unknown }
  | { readonly kind: "close" };

/** Worker to client: the one answer to the call with the same id. */
export type Response =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: WireError };
