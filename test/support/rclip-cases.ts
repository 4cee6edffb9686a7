/** A call of rclip that test/fixtures/rclip/answers.json has the answer of. */
export interface RclipCase {
  readonly title: string;
  /** The folder below the pictures that it is called in. */
  readonly folder: string;
  /** `{here}` stands for that folder's path, `{url}` for the address under which its files are served. */
  readonly args: readonly string[];
  /** What happens to the folder before: a file is copied within it, or removed. */
  readonly change?: { readonly copy: readonly [from: string, to: string] } | { readonly remove: string };
}

const of =
  (folder: string) =>
  (title: string, ...args: readonly string[]) => ({ title, folder, args });
const all = of("all");
const odd = of("odd");

/** The cases of rclip's snapshot suite (tests/e2e of 3.3) on our pictures, and the habits that a user may bring along. */
export const rclipCases: readonly RclipCase[] = [
  all("words", "car"),
  all("a format: webp", "a yellow boat"),
  all("a format: png", "a yellow lamp in the rain"),
  all("a format: tiff", "an elephant at night"),
  all("a format: bmp", "a penguin"),
  all("a format: gif", "a fish at the beach"),
  all("a format: jp2", "red mushrooms"),
  all("a format: jp2 that is a JPEG", "a white bird indoors"),
  all("a format: pnm", "two cactuses"),
  all("a format: pbm", "a cow at the beach"),
  all("a format: pgm", "four chairs in the snow"),
  all("a format: ppm", "three cakes at night"),
  all("an animated gif", "three red balloons", "--top", "15"),
  all("an option: -t", "car", "-t", "3"),
  all("an option: -f", "car", "-f"),
  all("an option: -n", "car", "-n"),
  all("quoted words of one text", "a red car at night"),
  all("a text in which nothing is a word", "?!"),
  all("HTML entities, capitals and blanks", "  A Red&amp;Blue  CAR "),
  all("a text of more than 77 tokens", Array.from({ length: 60 }, () => "red car").join(" ")),
  all("a picture by its whole path", "{here}/car.jpg"),
  all("a picture by ./", "./car.jpg"),
  all("a picture by file://", "file://{here}/car.jpg"),
  all("a picture by a link", "{here}/../linked/car.jpg"),
  all("a picture with a weight", "2:./car.jpg"),
  all("a picture by its address", "{url}/car.jpg"),
  all("a picture by its name alone", "car.jpg"),
  all("a picture by ../", "../all/car.jpg"),
  all("a file that is not there", "./non-existing-file.jpg"),
  all("a file that is no picture", "{here}/not-an-image.txt"),
  all("a folder", "{here}"),
  all("add", "car", "--add", "boat", "-a", "night", "+", "rain"),
  all("subtract", "car", "--subtract", "boat", "-s", "night", "-", "rain"),
  all("add and subtract", "car", "+", "night", "-", "rain"),
  all("weights", "car", "+", "2:night", "-", "0.5:rain"),
  all("weights: .5 and 1.", ".5:car", "+", "1.:boat"),
  all("a picture minus and plus words", "./car.jpg", "-", "3:car", "+", "2:boat"),
  all("words minus a picture plus words", "car", "-", "./car.jpg", "+", "1.5:boat"),
  all("words and a picture", "./car.jpg", "+", "2:at night"),
  all("two pictures", "./car.jpg", "+", "./pig.jpg"),
  all("words without quotes", "red", "car"),
  all("a time of day", "12:30 train"),
  all("a weight of nothing", "0:car"),
  all("no words at all", ""),
  all("nothing behind a sign", "car", "-"),
  all("a negative weight", "-1:car"),
  all("a number with a sign", "-5 degrees"),
  of("empty")("a folder without pictures", "car"),
  of("unicode")("a name that is not ASCII", "lamp"),
  of("nested")("folders in folders", "car"),
  of("nested/things/deep")("a folder deep down", "bicycle"),
  of("nested")("a folder that is left out", "car", "--exclude-dir", "cars"),
  of("100% re_al")("a folder with % and _ in its name", "car"),
  of("changing")("a copy comes and goes: before", "bicycle"),
  {
    ...of("changing")("a copy comes and goes: there", "bicycle"),
    change: { copy: ["bicycle.jpg", "bicycle-copy.jpg"] },
  },
  { ...of("changing")("a copy comes and goes: gone", "bicycle"), change: { remove: "bicycle-copy.jpg" } },
  of("raw")("RAW, which is not asked for", "a yellow boat"),
  of("raw")("RAW", "a yellow boat", "--experimental-raw-support"),
  of("heic")("HEIC", "./picture.png"),
  of("shared-heic")("HEIC of phones", "a boat"),
  odd("turned by EXIF", "./upright.jpg"),
  odd("transparent", "./white.png"),
  odd("16 bits of grey", "./grey-8.png"),
];
