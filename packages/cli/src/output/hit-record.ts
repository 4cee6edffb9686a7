import type { Hit } from "@clipfind/core";

/** What documents in JSON say of a hit. */
export function hitRecord(hit: Hit, index: number): object {
  const { id: _id, path, pathBytes, score, confidence, copies, ...metadata } = hit;
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
