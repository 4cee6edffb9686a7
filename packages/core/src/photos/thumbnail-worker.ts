import { makeThumbnail } from "../clip/make-thumbnail.ts";
import { serveParent } from "../threads/serve-parent.ts";
import { readPhoto } from "./read-photo.ts";
import type { Thumbnail, ThumbnailTask } from "./thumbnail-process.ts";

// The process behind photoThumbnail.
serveParent(() => ({
  thumbnail: async ({ path, ...size }: ThumbnailTask): Promise<Thumbnail> => {
    const { bytes } = await readPhoto(path);
    return makeThumbnail(bytes, size);
  },
}));
