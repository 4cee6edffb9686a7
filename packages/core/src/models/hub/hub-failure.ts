import { ClipfindError } from "../../errors.ts";
import { Transient } from "./transient.ts";

/** What a status means, in a sentence, and what to do. */
const statuses: Readonly<Record<number, { readonly what: string; readonly hint: string }>> = {
  401: {
    what: "it wants to know who is asking, or there is no such repository",
    hint: "If the repository is closed, put an access token into HF_TOKEN.",
  },
  403: {
    what: "the access is denied",
    hint: "The repository may ask for its terms to be accepted first, or HF_TOKEN may lack the right to read it.",
  },
  404: { what: "there is no such thing", hint: "Is --hub (HF_ENDPOINT) a hub that has the model?" },
  407: { what: "the proxy wants to know who is asking", hint: "Put name and password into HTTPS_PROXY." },
  416: { what: "it has no such part of the file", hint: "The file may have changed: run the command again." },
  429: {
    what: "it is asked too often",
    hint: "Run the command again in some minutes; a token in HF_TOKEN raises the limit.",
  },
};

/**
 * The error for an answer that is no success: {@link Transient} where another try makes sense.
 * @param url - what was asked for; its query, which may be a signature, is not shown
 */
export function failureOfStatus(status: number, headers: Headers, url: string): ClipfindError | Transient {
  const code = status === 401 || status === 403 ? "HUB_DENIED" : status === 404 ? "HUB_NOT_FOUND" : "HUB_FAILED";
  const known = statuses[status];
  const what = known?.what ?? (status >= 500 ? "the server is in trouble" : "that was not expected");
  const hint = known?.hint ?? "Run the command again later: it goes on where it stopped.";
  const failure = new ClipfindError(code, `${shownUrl(url)} answered with status ${status}: ${what}`, { hint });
  if (status !== 408 && status !== 416 && status !== 429 && status < 500) return failure;
  return new Transient(failure, { afterMs: retryAfter(headers.get("retry-after")) });
}

/** Failures that no second try mends: certificates, names that do not exist, protocols that are not spoken. */
const final = /CERT|SSL|TLS|SIGNATURE|ERR_INVALID|EPROTO|ENOTFOUND|bad port/;
const timeouts = /TIMEOUT|ETIMEDOUT/;

/** The error for a request that got no answer, or no whole one. An abort is handed through. */
export function failureOfNetwork(error: unknown, url: string, progressed = false): unknown {
  if (error instanceof ClipfindError || error instanceof Transient) return error;
  if (error instanceof DOMException && error.name === "AbortError") return error;
  const { code, message } = rootCause(error);
  const proxyStatus = /Proxy response \((\d+)\)/.exec(message)?.[1];
  if (proxyStatus === "407") return failureOfStatus(407, new Headers(), url);
  const shown = shownUrl(url);
  if (/CERT|SIGNATURE|SSL|TLS|EPROTO/.test(code)) {
    return new ClipfindError("HUB_FAILED", `${shown}: no secure connection (${code})`, {
      hint: "Is the clock right? Behind a proxy that opens connections NODE_EXTRA_CA_CERTS names its certificate.",
      cause: error,
    });
  }
  const what = timeouts.test(code) ? "no answer in time" : "the connection failed or was cut";
  const failure = new ClipfindError("HUB_FAILED", `${shown}: ${what} (${code})`, {
    hint: "Check the network, HTTPS_PROXY and --hub, then run the command again: it goes on where it stopped.",
    cause: error,
  });
  return final.test(code) ? failure : new Transient(failure, { progressed });
}

/** A URL without its query, for messages. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** The innermost error tells what happened; fetch() wraps it. Its message may hold a proxy's password: never shown. */
function rootCause(error: unknown): { code: string; message: string } {
  let at = error;
  for (let depth = 0; depth < 5; depth++) {
    const inner = at instanceof AggregateError ? at.errors[0] : at instanceof Error ? at.cause : undefined;
    if (!(inner instanceof Error)) break;
    at = inner;
  }
  if (!(at instanceof Error)) return { code: "unknown", message: "" };
  // Without a code a few plain words will do ("bad port").
  const words = /^[a-z ]{1,40}$/i.test(at.message) ? at.message : at.name;
  return { code: (at as NodeJS.ErrnoException).code ?? words, message: at.message };
}

/** Retry-After in milliseconds: seconds or a date. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
