import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { ClipfindError } from "../../errors.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The access token by the hub's conventions: `HF_TOKEN`, else the file that its tools write at login (`HF_TOKEN_PATH`, or
 * `token` in `HF_HOME`, or in `huggingface` in the cache directory). The file is for the default hub alone: a mirror is
 * told a token only where the user has put it into `HF_TOKEN`.
 * @throws ClipfindError INVALID_ARGUMENT for a token that cannot be one; it is not shown
 */
export function accessToken(env: Environment, isDefaultHub: boolean): string | undefined {
  const named = env["HF_TOKEN"]?.trim();
  const token = named || (isDefaultHub ? savedToken(env) : undefined);
  if (token === undefined) return undefined;
  if (/^[\x21-\x7e]{1,1000}$/.test(token)) return token;
  throw new ClipfindError(
    "INVALID_ARGUMENT",
    "Expected an access token in HF_TOKEN, or in the hub's token file, found something else",
    {
      hint: "A token is one word of letters, digits and signs.",
    },
  );
}

function savedToken(env: Environment): string | undefined {
  const cache = env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache");
  const file = env["HF_TOKEN_PATH"] || join(env["HF_HOME"] || join(cache, "huggingface"), "token");
  try {
    return readFileSync(file, "utf8").trim() || undefined;
  } catch {
    // Nobody has logged in, or not for us.
    return undefined;
  }
}
