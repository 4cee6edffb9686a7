import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { torchPython } from "./peers.ts";
import { PeerMissing } from "./peers/process.ts";

/**
 * Writes a ViT-B/32 of 256 pixels of **random weights** to `target`, as its publishers would lay it out, with the image
 * tower as PyTorch exports it, in float32, in `visual.onnx`. As slow as one that was trained.
 * @throws PeerMissing where PyTorch cannot be had
 */
export function makeExportedClip(target: string): void {
  process.stderr.write("making a ViT-B/32 of random weights\n");
  const script = join(import.meta.dirname, "peers/random_clip.py");
  try {
    execFileSync(torchPython(), [script, target], { stdio: ["ignore", "ignore", "pipe"], maxBuffer: 2 ** 30 });
  } catch (error) {
    if (error instanceof PeerMissing) throw error;
    throw new PeerMissing(`random_clip.py failed: ${String(error).split("\n", 2).join(" ").slice(0, 300)}`);
  }
}
