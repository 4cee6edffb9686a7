import { type IncomingMessage, createServer } from "node:http";
import { type Socket, connect } from "node:net";
import type { Duplex } from "node:stream";
import { onTestFinished } from "vitest";
import { start } from "./hub-server.ts";

/** A proxy on 127.0.0.1 that tunnels (CONNECT). */
export interface ProxyServer {
  readonly url: string;
  /** The hosts it was asked for, with the credentials given, as "host:port authorization?". */
  readonly tunnels: readonly string[];
}

/**
 * Starts one, which ends with the test.
 * @param options.password - it asks for user "user" and this
 * @param options.to - a URL to whose host all tunnels lead
 * @param options.mute - it never answers
 */
export async function proxyServer(
  options: { password?: string; to?: string; mute?: boolean } = {},
): Promise<ProxyServer> {
  const { password, to, mute = false } = options;
  const tunnels: string[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer((_, response) => response.writeHead(501).end());
  server.on("connect", (request: IncomingMessage, client: Duplex) => {
    const { "proxy-authorization": authorization = "" } = request.headers;
    tunnels.push(`${request.url} ${authorization}`.trim());
    sockets.add(client);
    if (mute) return;
    if (password !== undefined && authorization !== `Basic ${Buffer.from(`user:${password}`).toString("base64")}`) {
      client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    const { hostname, port } = new URL(to ?? `http://${request.url}`);
    const target: Socket = connect(Number(port), hostname, () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      target.pipe(client).pipe(target);
    });
    for (const socket of [client, target]) {
      sockets.add(socket);
      // Either side may go at any time.
      socket.on("error", () => {});
      socket.on("close", () => {
        client.destroy();
        target.destroy();
      });
    }
  });
  const url = await start(server);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  return { url, tunnels };
}
