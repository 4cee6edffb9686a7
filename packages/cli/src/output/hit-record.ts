import type { Hit } from "@clipfind/core";

/** What documents in JSON say of a hit. */
export function hitRecord({ path, pathBytes, score, confidence, copies, ...metadata }: Hit, index: number): object {
  return {
    rank: index + 1,
    score,
    ...(confidence === undefined ? {} : { confidence }),
    path,
    // Only where `path` cannot say it: the name's bytes are not UTF-8.
    ...(Buffer.from(path).equals(pathBytes) ? {} : { pathBase64: pathBytes.toString("base64") }),
    copies,
    ...metadata,
  };
}
