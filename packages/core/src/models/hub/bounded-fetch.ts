import type { HubConnection } from "./hub-connection.ts";
import { failureOfNetwork } from "./hub-failure.ts";

/** No list or description of a model is longer, in bytes. */
const mostBytes = 16 * 2 ** 20;

/**
 * A fetch() for the hub's library that goes through `hub` and hands out successes only.
 * @param tooMuch - makes the error for an answer that goes on and on
 */
export function boundedFetch(
  hub: HubConnection,
  signal: AbortSignal | undefined,
  tooMuch: (found: string) => Error,
): typeof fetch {
  const get = async (url: string): Promise<Response> => {
    const response = await hub.getOk(url, { headers: { accept: "application/json" }, signal });
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    try {
      for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        bytes += chunk.length;
        if (bytes > mostBytes) throw tooMuch(`an answer of more than ${mostBytes} bytes`);
        chunks.push(chunk);
      }
    } catch (error) {
      throw failureOfNetwork(error, url);
    }
    return new Response(Buffer.concat(chunks), { headers: [...response.headers] });
  };
  return get as unknown as typeof fetch;
}
