import { ClipfindError } from "../../errors.ts";

/**
 * The hub's URL as given, without a slash at its end.
 * @throws ClipfindError INVALID_ARGUMENT for what is no http(s) URL, or holds a name and password
 */
export function hubEndpoint(given: string): string {
  const hint = "A hub's URL looks like https://hub.example.org, perhaps with a path.";
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new ClipfindError("INVALID_ARGUMENT", `Expected the URL of a hub, found ${JSON.stringify(given)}`, { hint });
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    const message = "Expected the URL of a hub without a name, password, query or fragment";
    throw new ClipfindError("INVALID_ARGUMENT", message, { hint: `${hint} An access token goes into HF_TOKEN.` });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}
