import { hash } from "./random.ts";
import type { Look } from "./scene.ts";

/** Grain of a sensor in bad light: brightness and colour vary per pixel, and one side is darker. */
function addNoise(pixels: Uint8Array, side: number, seed: number): void {
  let state = hash("noise", seed) | 1;
  const strength = 0.1 + (state & 0xff) / 2000;
  const slope = (((state >>> 8) & 0xff) - 128) / 500;
  for (let at = 0; at < pixels.length; at += 3) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const grain = ((state & 0xff) + ((state >>> 8) & 0xff) - 255) * strength;
    const warm = (((state >>> 16) & 0xff) - 128) * strength * 0.5;
    const light = ((at / 3) % side) * slope - (side / 2) * slope;
    pixels[at] = clamp((pixels[at] ?? 0) + grain + warm + light);
    pixels[at + 1] = clamp((pixels[at + 1] ?? 0) + grain + light);
    pixels[at + 2] = clamp((pixels[at + 2] ?? 0) + grain - warm + light);
  }
}

const clamp = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);

function luminance(pixels: Uint8Array): Uint8Array {
  const grey = new Uint8Array(pixels.length / 3);
  for (let i = 0, at = 0; i < grey.length; i++, at += 3)
    grey[i] = ((pixels[at] ?? 0) * 77 + (pixels[at + 1] ?? 0) * 150 + (pixels[at + 2] ?? 0) * 29) >> 8;
  return grey;
}

/** Pencil: dark where brightness changes, a little grey where it is dark, on warm paper. */
function drawPencil(pixels: Uint8Array, side: number): void {
  const grey = luminance(pixels);
  for (let i = 0; i < grey.length; i++) {
    const here = grey[i] ?? 0;
    const right = (i + 1) % side === 0 ? here : (grey[i + 1] ?? here);
    const below = grey[i + side] ?? here;
    const edge = Math.abs(here - right) + Math.abs(here - below);
    const value = clamp(248 - Math.min(215, edge * 2.2) - (255 - here) * 0.14);
    pixels[i * 3] = value;
    pixels[i * 3 + 1] = value * 0.99;
    pixels[i * 3 + 2] = value * 0.96;
  }
}

/** Changes RGB pixels (HWC, side × side) in place as the look demands; blur is left to the renderer. */
export function applyLook(pixels: Uint8Array, side: number, look: Look, seed: number): void {
  if (look === "noise") addNoise(pixels, side, seed);
  if (look === "sketch") drawPencil(pixels, side);
  if (look === "black-and-white") {
    const grey = luminance(pixels);
    for (let i = 0; i < grey.length; i++) pixels.fill(grey[i] ?? 0, i * 3, i * 3 + 3);
  }
}
