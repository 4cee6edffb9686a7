export { photoThumbnail, type Thumbnail, type ThumbnailRequest } from "./photos/thumbnail.ts";
