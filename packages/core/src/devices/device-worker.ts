import { ImageTower } from "../clip/image-tower.ts";
import type { Device } from "../device.ts";
import type { Model } from "../models/open-model.ts";
import { serveParent } from "../threads/serve-parent.ts";
import { samplePictures } from "./sample-pictures.ts";
import type { Trial } from "./try-device.ts";

/** Milliseconds after which no further round is begun. */
const enough = 500;

// The process behind tryDevice: a driver that crashes, or hangs, does it here.
serveParent(({ model, device }: { readonly model: Model; readonly device: Device }) => ({
  try: async (): Promise<Trial> => {
    const pictures = samplePictures(model.manifest.image.size);
    await using tower = await ImageTower.open(model, device);
    // The first runs make ready what later ones use.
    const vectors: Float32Array[] = [];
    for (const pixels of pictures) vectors.push(await tower.embedPixels(pixels));
    let ms = Infinity;
    const until = performance.now() + enough;
    do {
      for (const pixels of pictures) {
        const started = performance.now();
        await tower.embedPixels(pixels);
        ms = Math.min(ms, performance.now() - started);
      }
    } while (performance.now() < until);
    return { ms, vectors };
  },
}));
