import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { hubServer, misbehaviours, start } from "../../../../../test/support/hub-server.ts";
import { proxyServer } from "../../../../../test/support/proxy-server.ts";
import { temporaryDirectory } from "../../../../../test/support/temporary-directory.ts";
import { accessToken } from "../../../src/models/hub/access-token.ts";
import { HubConnection } from "../../../src/models/hub/hub-connection.ts";
import { hubEndpoint } from "../../../src/models/hub/hub-endpoint.ts";

type Environment = Record<string, string>;

async function get(endpoint: string, url: string, env: Environment): Promise<string> {
  await using hub = new HubConnection({ endpoint, isDefault: false, env, patienceMs: 5000 });
  return (await hub.getOk(url)).text();
}

describe("the access token", () => {
  test("goes to the hub and not to where it redirects", async () => {
    const hub = await hubServer();
    hub.put("owner/name", { big: Buffer.alloc(2000, "x"), small: "small" });
    const env = { HF_TOKEN: "hf_secret\n" };
    expect(await get(hub.url, `${hub.url}/owner/name/resolve/main/big`, env)).toHaveLength(2000);
    expect(await get(hub.url, `${hub.url}/owner/name/resolve/main/small`, env)).toBe("small");
    expect(hub.requests.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer hf_secret",
      undefined,
      "Bearer hf_secret",
    ]);
  });

  test("is sent again when a redirect stays with the hub, and not after it has left and come back by another name", async () => {
    const hub = await hubServer();
    hub.put("owner/name", { small: "small" });
    const renamed = hub.url.replace("127.0.0.1", "localhost");
    hub.misbehave(/old/, misbehaviours.status(307, { location: "/owner/name/resolve/main/small" }));
    hub.misbehave(/away/, misbehaviours.status(302, { location: `${renamed}/owner/name/resolve/main/small` }));
    const env = { HF_TOKEN: "hf_secret" };
    expect(await get(hub.url, `${hub.url}/old`, env)).toBe("small");
    expect(hub.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer hf_secret", "Bearer hf_secret"]);
    await get(hub.url, `${hub.url}/away`, env).catch(() => {});
    expect(hub.requests.slice(3).every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  test("comes from HF_TOKEN, else, for the default hub alone, from the file its tools write", () => {
    const home = temporaryDirectory();
    const write = (file: string, token: string): void => {
      mkdirSync(path.dirname(path.join(home, file)), { recursive: true });
      writeFileSync(path.join(home, file), `${token}\n`);
    };
    write(".cache/huggingface/token", "home");
    write("cache/huggingface/token", "cache");
    write("hf/token", "hf");
    write("elsewhere", "path");
    const base = { HOME: home };
    expect(accessToken(base, true)).toBe("home");
    expect(accessToken(base, false)).toBeUndefined();
    const cache = { ...base, XDG_CACHE_HOME: path.join(home, "cache") };
    expect(accessToken(cache, true)).toBe("cache");
    const hf = { ...cache, HF_HOME: path.join(home, "hf") };
    expect(accessToken(hf, true)).toBe("hf");
    const named = { ...hf, HF_TOKEN_PATH: path.join(home, "elsewhere") };
    expect(accessToken(named, true)).toBe("path");
    expect(accessToken({ ...named, HF_TOKEN: "env" }, true)).toBe("env");
    expect(accessToken({ ...named, HF_TOKEN: "env" }, false)).toBe("env");
    expect(accessToken({ HOME: path.join(home, "nobody") }, true)).toBeUndefined();
  });

  test.each(["two words", "a\nb", "ümlaut"])("is refused without being shown when it cannot be one: %j", (token) => {
    expect(() => accessToken({ HF_TOKEN: token }, true)).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.not.stringContaining(token) }),
    );
  });

  test("does not leave this machine in plain text", async () => {
    const hub = await hubServer();
    hub.put("owner/name", { small: "small" });
    const proxy = await proxyServer({ to: hub.url });
    const endpoint = "http://mirror.invalid";
    const env = { HF_TOKEN: "hf_secret", HTTP_PROXY: proxy.url };
    expect(await get(endpoint, `${endpoint}/owner/name/resolve/main/small`, env)).toBe("small");
    expect(proxy.tunnels).toEqual(["mirror.invalid:80"]);
    expect(hub.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });
});

describe("a proxy", () => {
  test("is used where the environment names one, and left out by NO_PROXY", async () => {
    const [hub, proxy] = [await hubServer(), await proxyServer()];
    hub.put("owner/name", { small: "small" });
    const url = `${hub.url}/owner/name/resolve/main/small`;
    expect(await get(hub.url, url, { HTTP_PROXY: proxy.url })).toBe("small");
    expect(proxy.tunnels).toEqual([new URL(hub.url).host]);
    expect(await get(hub.url, url, { HTTP_PROXY: proxy.url, NO_PROXY: "example.org,127.0.0.1" })).toBe("small");
    expect(await get(hub.url, url, { http_proxy: proxy.url, no_proxy: "*" })).toBe("small");
    expect(await get(hub.url, url, {})).toBe("small");
    expect(proxy.tunnels).toHaveLength(1);
  });

  test("gets the name and password in its URL, which nobody else sees", async () => {
    const [hub, proxy] = [await hubServer(), await proxyServer({ password: "geheim" })];
    hub.put("owner/name", { small: "small" });
    const url = `${hub.url}/owner/name/resolve/main/small`;
    const named = (password: string): Environment => ({ HTTP_PROXY: proxy.url.replace("//", `//user:${password}@`) });
    expect(await get(hub.url, url, named("geheim"))).toBe("small");
    expect(JSON.stringify(hub.requests)).not.toMatch(/proxy-auth/i);
    const failure = get(hub.url, url, named("falsch"));
    await expect(failure).rejects.toMatchObject({
      code: "HUB_FAILED",
      message: expect.stringContaining("407"),
      hint: expect.stringContaining("HTTPS_PROXY"),
    });
    await expect(failure).rejects.toMatchObject({ message: expect.not.stringContaining("falsch") });
  });

  test("that never answers is not waited for", async () => {
    const proxy = await proxyServer({ mute: true });
    await using hub = new HubConnection({
      endpoint: "http://mirror.invalid",
      isDefault: false,
      env: { HTTP_PROXY: proxy.url },
      patienceMs: 100,
    });
    await expect(hub.get("http://mirror.invalid/x")).rejects.toMatchObject({
      failure: { code: "HUB_FAILED", message: expect.stringContaining("no answer in time") },
    });
  });

  test.each(["::", "http://user:geheim@host:port"])("that is none is refused without being shown: %s", (proxy) => {
    const options = { endpoint: "http://127.0.0.1:1", isDefault: false, env: { HTTP_PROXY: proxy }, patienceMs: 1 };
    expect(() => new HubConnection(options)).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.not.stringContaining(proxy) }),
    );
  });
});

test("a certificate that nobody vouches for is not accepted, nor tried again", async () => {
  const directory = temporaryDirectory();
  const [key, cert] = ["key.pem", "cert.pem"].map((name) => path.join(directory, name)) as [string, string];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  const keys = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert];
  execFileSync("openssl", ["req", "-x509", "-days", "1", ...keys, ...subject], { stdio: "ignore" });
  let connections = 0;
  const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
    response.end("secret");
  });
  server.on("connection", () => connections++);
  const endpoint = (await start(server)).replace("http:", "https:");
  await expect(get(endpoint, `${endpoint}/x`, {})).rejects.toMatchObject({
    code: "HUB_FAILED",
    message: `${endpoint}/x: no secure connection (DEPTH_ZERO_SELF_SIGNED_CERT)`,
    hint: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
  });
  expect(connections).toBe(1);
});

test("a server that speaks no TLS is told as such", async () => {
  const hub = await hubServer();
  const endpoint = hub.url.replace("http:", "https:");
  await expect(get(endpoint, `${endpoint}/x`, {})).rejects.toMatchObject({
    code: "HUB_FAILED",
    message: expect.stringContaining("no secure connection"),
  });
});

describe("the URL of a hub", () => {
  test.each([
    ["https://hub.example.org", "https://hub.example.org"],
    ["https://hub.example.org/", "https://hub.example.org"],
    ["http://127.0.0.1:8080/a/b//", "http://127.0.0.1:8080/a/b"],
  ])("%s is %s", (given, endpoint) => {
    expect(hubEndpoint(given)).toBe(endpoint);
  });

  test.each(["", "hub.example.org", "file:///etc", "https://user:geheim@hub.example.org", "https://h/?q=geheim"])(
    "cannot be %j",
    (given) => {
      expect(() => hubEndpoint(given)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    },
  );

  test("is not shown where it holds a password", () => {
    expect(() => hubEndpoint("https://user:geheim@h")).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("geheim") }),
    );
  });
});
