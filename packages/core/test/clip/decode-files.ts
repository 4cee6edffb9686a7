import { readFileSync } from "node:fs";
import { preprocess } from "../../src/clip/preprocess.ts";
import { ClipfindError } from "../../src/errors.ts";
import { clipImage } from "./pixels.ts";

// A process that decodes the files named on its command line, one after the other, and prints what became of each: a
// JSON object per line. What a file does to the decoder, it does here.
for (const file of process.argv.slice(2)) {
  const start = process.cpuUsage();
  const outcome = await outcomeOf(file);
  const { user, system } = process.cpuUsage(start);
  const ms = (user + system) / 1000;
  const rss = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(`${JSON.stringify({ outcome, ms, rss })}\n`);
}

async function outcomeOf(file: string): Promise<string> {
  try {
    const { pixels, format, width, height } = await preprocess(readFileSync(file), clipImage());
    const { size } = clipImage();
    return pixels.length === 3 * size * size ? `${format} ${width} x ${height}` : `${pixels.length} bytes`;
  } catch (error) {
    if (error instanceof ClipfindError && error.code === "IMAGE_UNREADABLE") return error.message;
    throw error;
  }
}
