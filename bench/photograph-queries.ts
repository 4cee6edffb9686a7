import { mkdirSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { Library } from "@clipfind/core";
import sharp from "sharp";
import { shared } from "../test/support/shared.ts";
import { makeStandinModel } from "../test/support/standin-model.ts";
import { captionedPhotos } from "../test/support/world.ts";
import type { Context } from "./context.ts";
import type { Judged } from "./judged.ts";

/** Left, top and side of the parts that are cut out of each photograph, as shares of its sides. */
const cuts = [
  [0, 0, 1],
  [0, 0, 0.8],
  [0.2, 0, 0.8],
  [0, 0.2, 0.8],
  [0.2, 0.2, 0.8],
  [0.1, 0.1, 0.8],
  [0, 0, 0.9],
  [0.1, 0.1, 0.9],
] as const;

/** Things, and the words by which captions name them where these are others; those of the data set COCO. */
const things =
  "person:person|people|man|woman|boy|girl|child|kid|men|women|player|lady|guy|skier|surfer|rider,bicycle:bicycle|bike,car," +
  "motorcycle:motorcycle|motorbike,airplane:airplane|plane|jet,bus,train,truck,boat:boat|ship,traffic light,fire hydrant:hydrant," +
  "stop sign,bench,bird,cat:cat|kitten,dog:dog|puppy,horse,sheep,cow,elephant,bear,zebra,giraffe,umbrella,backpack,tie," +
  "suitcase:suitcase|luggage,frisbee,skis:ski,snowboard,kite,baseball bat:bat|baseball,skateboard,surfboard,tennis racket:tennis," +
  "bottle,wine glass:wine,cup,fork,knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair," +
  "couch:couch|sofa,potted plant:plant,bed,dining table:table,toilet,television:tv|television,laptop,computer mouse:mouse," +
  "remote control:remote,keyboard,cell phone:phone,microwave,oven,toaster,sink,refrigerator:fridge|refrigerator,book,clock,vase," +
  "scissors,teddy bear,hair drier,toothbrush";

/**
 * Queries for everyday things over the test photos and parts of them, with the stand-in model, judged by the captions that
 * people wrote, which leave much unsaid. None without the test data, or when answers alone are checked.
 */
export async function photographQueries(context: Context): Promise<Judged[]> {
  if (context.check) return [];
  if (shared === undefined) {
    context.skip("cut-off, photographs", "it needs the test data folder `shared` beside the repository");
    return [];
  }
  const base = context.folder();
  const [model, folder] = [join(base, "model"), join(base, "photos")];
  for (const directory of [model, folder]) mkdirSync(directory);
  await makeStandinModel(shared, model);
  const source = join(shared, "photos");
  for (const name of readdirSync(source).filter((file) => file.endsWith(".jpg"))) {
    const { width, height } = await sharp(join(source, name)).metadata();
    for (const [number, [left, top, side]] of cuts.entries()) {
      const [x, y, w, h] = [left * width, top * height, side * width, side * height].map(Math.floor) as [
        number,
        number,
        number,
        number,
      ];
      const part = sharp(join(source, name)).extract({ left: x, top: y, width: w, height: h });
      await part.jpeg().toFile(join(folder, `${basename(name, ".jpg")}-${number}.jpg`));
    }
  }
  await using library = Library.open(join(base, "library"), { model });
  for await (const event of library.index([folder])) if (event.type === "problem") throw new Error(event.reason);
  const captions = new Map(captionedPhotos().map((photo) => [basename(photo.file, ".jpg"), photo.captions.join("\n")]));
  const judged: Judged[] = [];
  for (const thing of things.split(",")) {
    const [name, words] = thing.split(":") as [string, string?];
    const { hits } = await library.search(`a ${name}`, { limit: 1000 });
    const isNamed = new RegExp(`\\b(${words ?? name})(s|es)?\\b`, "i");
    judged.push({
      right: hits.map(({ path }) => isNamed.test(captions.get(/(\d+)-\d\.jpg$/.exec(path)?.[1] ?? "") ?? "")),
      scores: hits.map(({ score = 0 }) => score),
      confidences: hits.map(({ confidence = 0 }) => confidence),
    });
  }
  return judged;
}
