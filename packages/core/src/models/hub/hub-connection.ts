import { EnvHttpProxyAgent, type Response, fetch } from "undici";
import { ClipfindError } from "../../errors.ts";
import { type Environment, accessToken } from "./access-token.ts";
import { failureOfNetwork, failureOfStatus, shownUrl } from "./hub-failure.ts";

export interface HubRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export interface HubOptions {
  /** As hubEndpoint() returns it. */
  readonly endpoint: string;
  readonly isDefault: boolean;
  readonly env: Environment;
  /** Milliseconds to wait for a connection, an answer, or the next bytes of one. */
  readonly patienceMs: number;
}

const redirects = new Set([301, 302, 303, 307, 308]);
const mostRedirects = 10;

/** No answer came in time. */
class LateError extends Error {
  readonly code = "TIMEOUT";
}

/**
 * Requests to one hub and to where it redirects: through the proxies the environment names, with the access token for the
 * hub alone.
 */
export class HubConnection implements AsyncDisposable {
  readonly endpoint: string;
  readonly #origin: string;
  readonly #token: string | undefined;
  readonly #agent: EnvHttpProxyAgent;
  readonly #patienceMs: number;

  /** @throws ClipfindError INVALID_ARGUMENT for a proxy or a token that cannot be one */
  constructor({ endpoint, isDefault, env, patienceMs }: HubOptions) {
    const { origin, protocol, hostname } = new URL(endpoint);
    this.endpoint = endpoint;
    this.#patienceMs = patienceMs;
    this.#origin = origin;
    // In plain text a token goes no farther than this machine.
    const isPrivate = protocol === "https:" || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
    this.#token = isPrivate ? accessToken(env, isDefault) : undefined;
    try {
      this.#agent = new EnvHttpProxyAgent({
        httpProxy: env["http_proxy"] || env["HTTP_PROXY"] || "",
        httpsProxy: env["https_proxy"] || env["HTTPS_PROXY"] || "",
        noProxy: env["no_proxy"] || env["NO_PROXY"] || "",
        connect: { timeout: patienceMs },
        headersTimeout: patienceMs,
        bodyTimeout: patienceMs,
      });
    } catch {
      // The message of the cause could show a password.
      throw new ClipfindError("INVALID_ARGUMENT", "Expected the URL of a proxy in HTTPS_PROXY and HTTP_PROXY", {
        hint: "It looks like http://proxy.example.org:3128.",
      });
    }
  }

  /**
   * GETs `url`, following redirects.
   * @returns the answer, whatever its status but for redirects
   * @throws ClipfindError HUB_FAILED, Transient, AbortError
   */
  async get(url: string, { headers, signal }: HubRequest = {}): Promise<Response> {
    let at = new URL(url);
    for (let hops = 0; hops <= mostRedirects; hops++) {
      const response = await this.#fetch(at, headers, signal);
      if (!redirects.has(response.status)) return response;
      await response.body?.cancel();
      at = this.#target(at, response.headers.get("location"));
    }
    throw new ClipfindError("HUB_FAILED", `${shownUrl(url)}: more than ${mostRedirects} redirects`, {
      hint: "Is --hub (HF_ENDPOINT) the URL of a hub?",
    });
  }

  /** The same, where only success will do. */
  async getOk(url: string, request: HubRequest = {}): Promise<Response> {
    const response = await this.get(url, request);
    if (response.ok) return response;
    await response.body?.cancel();
    throw failureOfStatus(response.status, response.headers, url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }

  async #fetch(url: URL, headers: HubRequest["headers"], signal: AbortSignal | undefined): Promise<Response> {
    // Never to another host: the token is the hub's business.
    const authorization =
      this.#token !== undefined && url.origin === this.#origin ? `Bearer ${this.#token}` : undefined;
    // The agent's own limits do not cover a proxy that never answers.
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new LateError()), this.#patienceMs);
    try {
      return await fetch(url, {
        redirect: "manual",
        dispatcher: this.#agent,
        signal: signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]),
        headers: {
          // Sizes, ranges and checksums are those of the file itself.
          "accept-encoding": "identity",
          "user-agent": "clipfind",
          ...headers,
          ...(authorization !== undefined && { authorization }),
        },
      });
    } catch (error) {
      throw failureOfNetwork(error, url.href);
    } finally {
      clearTimeout(timer);
    }
  }

  #target(from: URL, location: string | null): URL {
    const to = location !== null && URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
    const isHttp = to?.protocol === "https:" || (to?.protocol === "http:" && from.protocol === "http:");
    if (to !== undefined && isHttp && to.username === "" && to.password === "") return to;
    throw new ClipfindError("HUB_FAILED", `${shownUrl(from.href)}: redirected to where clipfind does not follow`, {
      hint: "It follows http(s) addresses, and none that leads from https to http.",
    });
  }
}
