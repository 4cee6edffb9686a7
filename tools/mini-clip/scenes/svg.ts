import { drawBackground, drawWeather } from "./background.ts";
import { createInk, mix, palette } from "./ink.ts";
import { cornerOf, layOut, type Placement } from "./layout.ts";
import { catalogue } from "./objects/catalogue.ts";
import { createRandom, hash, type Random } from "./random.ts";
import type { Background, Group, Scene } from "./scene.ts";
import { box, line, shape } from "./shapes.ts";

const paper = "#fdfcf7";
const paperShade = "#efece2";

/** Draws one object of a group into its placement. The random numbers vary its shades and details. */
export function drawObject(group: Group, placement: Placement, background: Background, random: Random): string {
  const kind = catalogue[group.object];
  const dark = background === "night" || background === "forest" || background === "sunset";
  const chosen = group.colour ?? (kind.colours.length > 0 ? random.pick(kind.colours) : undefined);
  const pure = chosen === undefined ? random.pick(kind.natural ?? [palette.grey]) : palette[chosen];
  const base = background === "night" && kind.sky !== "night" ? mix(pure, "#101a40", 0.1) : pure;
  const ink = createInk(base, group.style, random);
  const outline = dark && chosen === "black" ? "#d5d8de" : "#1f1f22";
  const paint = {
    outlined: { ink, stroke: outline, width: 1.6 },
    flat: { ink, stroke: "none", width: 0 },
    line: { ink: { ...ink, main: paper, shade: paperShade, tint: paper }, stroke: ink.main, width: 4 },
  }[group.finish];
  const drawing =
    placement.part === "front"
      ? shape(kind.front ?? "", paint.ink.main)
      : placement.part === "opening"
        ? shape("M6 98L6 40Q6 6 50 6Q94 6 94 40L94 98Z", "#efe2bd")
        : kind.draw(paint.ink);
  // What an object is drawn with as lines keeps its colour in a line drawing: it has no area to leave white.
  const inked =
    group.finish === "line"
      ? drawing.replace(new RegExp(`stroke="(?:${paper}|${paperShade})"`, "g"), `stroke="${ink.main}"`)
      : drawing;
  const scale = placement.side / 100;
  const flip = placement.flip ?? group.flip;
  const x = flip ? placement.x + placement.side : placement.x;
  const place = `translate(${x.toFixed(1)} ${placement.y.toFixed(1)}) scale(${(flip ? -scale : scale).toFixed(3)} ${scale.toFixed(3)})`;
  return `<g transform="${place}" stroke="${paint.stroke}" stroke-width="${paint.width}" stroke-linejoin="round">${inked}</g>`;
}

/** A brick wall from one side of the picture up to the corner. */
function drawCorner(scene: Scene, random: Random): string {
  const { left, edge } = cornerOf(scene);
  const brick = random.pick(["#b0563c", "#a9a49a", "#c9a27a", "#8a5a4a"]);
  const x = left ? 0 : edge;
  const width = left ? edge : 256 - edge;
  const joint = mix(brick, "#ffffff", 0.5);
  let joints = "";
  for (let y = 16, row = 0; y < 256; y += 16, row++) {
    joints += `M${x} ${y}h${width}`;
    for (let at = row % 2 ? 12 : 26; at < width; at += 28) joints += `M${x + at} ${y - 16}v16`;
  }
  const edgeShade = box(left ? edge - 9 : edge, 0, 9, 256, mix(brick, "#000000", 0.35));
  return box(x, 0, width, 256, brick) + line(joints, joint, 1.5) + edgeShade;
}

/** Draws a scene, without its look, as an SVG of 256 × 256; the same text every time. */
export function sceneToSvg(scene: Scene): string {
  const random = createRandom(scene.seed);
  const back = drawBackground(scene.background, random);
  const objects = layOut(scene).map((placement) => {
    const group = scene.groups[placement.group] ?? scene.groups[0];
    // Parts of a container take the colours of the container; several objects of a group vary.
    const vary =
      placement.part === undefined && group.count > 1
        ? hash(scene.seed, placement.x)
        : hash(scene.seed, placement.group);
    return drawObject(group, placement, scene.background, createRandom(vary));
  });
  const corner = scene.relation === "behind-corner" ? drawCorner(scene, random) : "";
  return `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256" viewBox="0 0 256 256">${back}${objects.join("")}${corner}${drawWeather(scene.background, random)}</svg>`;
}
