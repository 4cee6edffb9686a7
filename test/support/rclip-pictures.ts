import { copyFileSync, cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { directory as demo } from "@clipfind/demo-photos";
import type { RclipCase } from "./rclip-cases.ts";
import { shared } from "./shared.ts";

const converted = fileURLToPath(new URL("../fixtures/rclip/pictures", import.meta.url));
/** Where pictures of ours in formats lie that sharp does not write. */
export const formats: string = fileURLToPath(new URL("../../packages/core/test/clip/pictures", import.meta.url));
const heics = ["picture.png", "lossless.heic", "lossy.heic", "turned.heic", "alpha.heic", "p3.heic"];
/** All that there is in `shared`. */
const sharedHeics = [
  "formats/heic/example.heic",
  "metadata/exif-samples/heic/IMG_5195.HEIC",
  "metadata/exif-samples/heic/samplefilehub.heif",
  "metadata/exif-samples/heic/mobile/HMD_Nokia_8.3_5G.heif",
  "metadata/exif-samples/heic/mobile/HMD_Nokia_8.3_5G_hdr.heif",
  "metadata/exif-samples/heic/mobile/iphone_13_pro_max.HEIC",
];
const drawings = {
  "car.jpg": "phone/2022/07/DSC_1009.jpg",
  "car-red.jpg": "phone/2022/07/IMG_1081.jpg",
  "car-by-night.jpg": "phone/2023/01/DSC_1001.jpg",
  "car-blue-by-night.jpg": "camera/100_0412/DSC_1017.jpg",
  "cars.jpg": "phone/2023/12/IMG_1100.jpg",
  "bicycle.jpg": "phone/2023/01/DSC_1028.jpg",
  "book.jpg": "scans/box 3/IMG_1155.jpg",
  "hat.jpg": "camera/101_0413/IMG_1162.jpg",
  "pig.jpg": "phone/2022/07/IMG_1068.jpg",
};

/** Puts the folders of {@link RclipCase} into `folder`: drawings of the demo's, and what make_pictures.py made of them. */
export function layRclipPictures(folder: string): void {
  const put = (below: string, ...names: (keyof typeof drawings)[]): void => {
    mkdirSync(join(folder, below), { recursive: true });
    for (const name of names) copyFileSync(join(demo, "first", drawings[name]), join(folder, below, name));
  };
  cpSync(converted, folder, { recursive: true });
  put("all", ...(Object.keys(drawings) as (keyof typeof drawings)[]));
  writeFileSync(join(folder, "all/not-an-image.txt"), "I am not an image.\n");
  put("nested", "book.jpg");
  put("nested/cars", "car.jpg", "car-red.jpg", "car-by-night.jpg");
  put("nested/things", "hat.jpg");
  put("nested/things/deep", "bicycle.jpg", "pig.jpg");
  put("100% re_al", "car.jpg");
  put("100x real", "pig.jpg");
  put("changing", "bicycle.jpg", "book.jpg");
  put("raw", "car.jpg", "pig.jpg");
  mkdirSync(join(folder, "heic"), { recursive: true });
  for (const name of heics) copyFileSync(join(formats, name), join(folder, "heic", name));
  for (const place of shared === undefined ? [] : sharedHeics) {
    mkdirSync(join(folder, "shared-heic"), { recursive: true });
    copyFileSync(join(shared as string, place), join(folder, "shared-heic", basename(place)));
  }
  put("empty");
  symlinkSync("all", join(folder, "linked"));
}

/** Does to the folder of a case what happens before it. */
export function makeChange(folder: string, change: RclipCase["change"]): void {
  if (change === undefined) return;
  if ("copy" in change) copyFileSync(join(folder, change.copy[0]), join(folder, change.copy[1]));
  else rmSync(join(folder, change.remove));
}
