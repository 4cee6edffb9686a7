// node tools/mini-clip/make-demo-photos.ts: draws the pictures of packages/demo-photos. All but the chosen ones are of
// compositions that the mini model was not trained on. Same code, same pictures: the result is committed.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import sharp, { type Exif } from "sharp";
import { captions } from "./scenes/captions.ts";
import { createRandom } from "./scenes/random.ts";
import { pictureSide, renderScene } from "./scenes/render-scene.ts";
import { sampleScene } from "./scenes/sample-scene.ts";
import type { ObjectName } from "./scenes/objects/catalogue.ts";
import type { Background, Colour, Group, Scene } from "./scenes/scene.ts";

const root = join(import.meta.dirname, "../../packages/demo-photos");
const pictures = join(root, "pictures");

const folders = [
  "camera/100_0412",
  "camera/101_0413",
  "phone/2022/07",
  "phone/2023/01",
  "phone/2023/12",
  "scans/box 3",
];
const cameras = [
  { make: "Demo", model: "Demo Reflex 5", prefix: "DSC_" },
  { make: "Demo", model: "Demo Phone 12", prefix: "IMG_" },
];
/** Latitude and longitude in degrees and minutes: three places where someone might have been. */
const spots = [
  { latitude: [48, 51, "N"], longitude: [2, 21, "E"] },
  { latitude: [35, 41, "N"], longitude: [139, 45, "E"] },
  { latitude: [33, 52, "S"], longitude: [151, 12, "E"] },
] as const;

/** Seeds of the held-out split, as in evaluation, but others. */
const firstSeed = 900_000;
const counts = { first: 240, later: 60 };

/** What the demo asks for, and its likes to be told apart from; each in three styles. */
const chosen: readonly Pick<Scene, "background" | "groups" | "relation">[] = [
  one("car", "red", "night"),
  one("car", "red", "day"),
  one("car", "blue", "night"),
  one("boat", "yellow", "beach"),
  one("boat", "yellow", "rain"),
  { ...one("kitten", "grey", "day"), relation: "behind-corner" },
  { ...one("kitten", "orange", "city"), relation: "behind-corner" },
  { background: "day", groups: [{ ...one("balloon", "red", "day").groups[0], count: 3 }] },
  { background: "indoors", groups: [kind("cat", "black"), kind("table", "brown")], relation: "under" },
];

const random = createRandom(firstSeed);
const list: { file: string; scene: Scene; captions: readonly string[] }[] = [];
rmSync(pictures, { recursive: true, force: true });
let seed = firstSeed;
for (const [part, count] of Object.entries(counts)) {
  for (let number = 0; number < count; number++) {
    seed++;
    const scene = (part === "first" ? chosenScene(number) : undefined) ?? sampleScene(seed, { split: "held-out" });
    const camera = random.pick(cameras);
    const folder = part === "later" ? "later/import" : `first/${random.pick(folders)}`;
    const file = `${folder}/${camera.prefix}${String(1000 + seed - firstSeed).padStart(4, "0")}.jpg`;
    mkdirSync(dirname(join(pictures, file)), { recursive: true });
    const pixels = await renderScene(scene);
    await sharp(pixels, { raw: { width: pictureSide, height: pictureSide, channels: 3 } })
      .jpeg({ quality: 72, mozjpeg: true })
      .withExif(exif(camera))
      .toFile(join(pictures, file));
    list.push({ file, scene, captions: captions(scene, seed) });
  }
}

// What real folders have: a copy under another name, a copy in another folder, a file that is broken, one that is none.
const [a, b] = list as [(typeof list)[0], (typeof list)[0]];
copyFileSync(join(pictures, a.file), join(pictures, "first/scans/box 3/Copy of a picture.jpg"));
mkdirSync(join(pictures, "first/backup"), { recursive: true });
copyFileSync(join(pictures, b.file), join(pictures, "first/backup", b.file.split("/").at(-1) as string));
writeFileSync(join(pictures, "first/scans/box 3/damaged.jpg"), "This was a picture once.\n");
writeFileSync(join(root, "pictures.json"), `[\n${list.map((entry) => JSON.stringify(entry)).join(",\n")}\n]\n`);

/** Every eighth picture of the first part is a chosen one, until all styles of all were drawn. */
function chosenScene(number: number): Scene | undefined {
  const index = number % 8 === 0 ? number / 8 : Infinity;
  const scene = chosen[index % chosen.length];
  if (scene === undefined || index >= 3 * chosen.length) return undefined;
  const [group, ...others] = scene.groups;
  const style = Math.floor(index / chosen.length) as 0 | 1 | 2;
  return { seed, look: "plain", ...scene, groups: [{ ...group, style, flip: style === 1 }, ...others] };
}

function one(object: ObjectName, colour: Colour, background: Background): Pick<Scene, "background" | "groups"> {
  return { background, groups: [kind(object, colour)] };
}

function kind(object: ObjectName, colour: Colour): Group {
  const group = { object, colour, size: "large", count: 1, place: "centre", style: 0, finish: "outlined" } as const;
  return { ...group, flip: false };
}

function exif({ make, model }: (typeof cameras)[number]): Exif {
  const two = (value: number): string => String(value).padStart(2, "0");
  const taken =
    `${2019 + Math.floor(random.next() * 5)}:${two(1 + Math.floor(random.next() * 12))}:` +
    `${two(1 + Math.floor(random.next() * 28))} ${two(Math.floor(random.next() * 24))}:${two(Math.floor(random.next() * 60))}:00`;
  const spot = random.chance(0.4) ? random.pick(spots) : undefined;
  return {
    IFD0: { Make: make, Model: model, DateTime: taken },
    IFD2: { DateTimeOriginal: taken },
    ...(spot !== undefined && {
      IFD3: {
        GPSLatitudeRef: spot.latitude[2],
        GPSLatitude: `${spot.latitude[0]}/1 ${spot.latitude[1]}/1 0/1`,
        GPSLongitudeRef: spot.longitude[2],
        GPSLongitude: `${spot.longitude[0]}/1 ${spot.longitude[1]}/1 0/1`,
      },
    }),
  };
}
