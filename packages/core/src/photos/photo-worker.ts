import type { BytePath } from "../byte-path.ts";
import { ImageTower } from "../clip/image-tower.ts";
import { contentHash } from "../content-hash.ts";
import type { Model } from "../models/open-model.ts";
import { serveWorker, transferring } from "../threads/serve-worker.ts";
import type { EncodedPhoto, PhotoIdentity } from "./photo-encoder.ts";
import { readPhoto } from "./read-photo.ts";

// The thread behind PhotoEncoder. It holds the bytes of one photo between `read` and `encode`, so that a photo is read
// once, and a known one is never decoded. The image tower is loaded by the first photo that needs it.
serveWorker((model: Model) => {
  let held: Buffer | undefined;
  let tower: Promise<ImageTower> | undefined;
  const open = (): Promise<ImageTower> => (tower ??= ImageTower.open(model));
  return {
    read: async (path: BytePath): Promise<PhotoIdentity> => {
      held = undefined;
      const { bytes, fingerprint } = await readPhoto(path);
      held = bytes;
      return { hash: contentHash(bytes), fingerprint };
    },
    encode: async (): Promise<EncodedPhoto> => {
      if (held === undefined) throw new Error("encode() comes after read()");
      const bytes = held;
      held = undefined;
      const photo = await (await open()).embedImage(bytes);
      return transferring(photo, [photo.vector.buffer as ArrayBuffer]);
    },
    open: async () => {
      await open();
    },
    close: async () => {
      await (await tower)?.close();
    },
  };
});
