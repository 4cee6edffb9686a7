import type { BytePath } from "../byte-path.ts";
import { ImageTower } from "../clip/image-tower.ts";
import type { PictureLimits } from "../clip/picture-limits.ts";
import { preprocess } from "../clip/preprocess.ts";
import { contentHash } from "../content-hash.ts";
import type { Device } from "../device.ts";
import { readMetadata } from "../metadata/read-metadata.ts";
import type { Model } from "../models/open-model.ts";
import { serveParent } from "../threads/serve-parent.ts";
import type { EncodedPhoto, PhotoIdentity } from "./photo-encoder.ts";
import { readPhoto } from "./read-photo.ts";
import { type EncoderTimes, StageClock } from "./stage-times.ts";

// The process behind PhotoEncoder. It holds the bytes of one photo per lane between `read` and `encode`, so that a
// photo is read once, and a known one is never decoded. While the model runs for the photo of one lane, that of the
// other is read and decoded. The image tower is loaded by `open` or the first photo that needs it.
interface Data {
  readonly model: Model;
  readonly device: Device | undefined;
  readonly limits: PictureLimits;
}

serveParent(({ model, device, limits }: Data) => {
  const clock = new StageClock();
  const held = new Map<number, Buffer>();
  let tower: Promise<ImageTower> | undefined;
  const load = async (): Promise<ImageTower> => {
    const loaded = await ImageTower.open(model, device);
    // A model that crashes must do so here, where no photo is to blame.
    const { size } = model.manifest.image;
    await loaded.embedPixels(new Uint8Array(3 * size * size)).catch(() => undefined);
    clock.started();
    return loaded;
  };
  return {
    open: async (): Promise<void> => {
      await (tower ??= load());
    },
    read: async ({ lane, path }: { readonly lane: number; readonly path: BytePath }): Promise<PhotoIdentity> => {
      held.delete(lane);
      const { bytes, fingerprint } = await readPhoto(path);
      const hash = clock.hashing(() => contentHash(bytes));
      held.set(lane, bytes);
      return { hash, fingerprint };
    },
    encode: async (lane: number): Promise<EncodedPhoto> => {
      const bytes = held.get(lane);
      if (bytes === undefined) throw new Error("encode() comes after read()");
      held.delete(lane);
      const loaded = await (tower ??= load());
      const metadata = readMetadata(bytes);
      const { pixels, ...about } = await preprocess(bytes, model.manifest.image, limits);
      const vector = await clock.encoding(() => loaded.embedPixels(pixels));
      return { ...about, vector, metadata };
    },
    times: (): EncoderTimes => clock.times(),
  };
});
