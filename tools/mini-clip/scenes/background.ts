import { mix } from "./ink.ts";
import type { Random } from "./random.ts";
import type { Background } from "./scene.ts";
import { box, disc, line, oval, polygon } from "./shapes.ts";

const side = 256;
const round = (value: number): number => Math.round(value * 10) / 10;

function gradient(colours: readonly string[], height: number): string {
  const stops = colours.map(
    (colour, i) => `<stop offset="${round(i / (colours.length - 1))}" stop-color="${colour}"/>`,
  );
  return (
    `<linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">${stops.join("")}</linearGradient>` +
    box(0, 0, side, height + 1, "url(#sky)")
  );
}

const vary = (random: Random, colour: string): string =>
  mix(colour, random.pick(["#000000", "#ffffff", "#ffd9a0", "#a0c8ff"]), random.between(0, 0.14));
const ground = (horizon: number, colour: string): string => box(0, horizon, side, side - horizon, colour);
const many = (count: number, draw: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => draw(i)).join("");

function hills(random: Random, horizon: number, colour: string): string {
  return (
    oval(round(random.between(20, 110)), horizon + 6, 110, round(random.between(10, 34)), colour) +
    oval(round(random.between(150, 240)), horizon + 6, 90, round(random.between(8, 28)), colour)
  );
}

function skyline(random: Random, horizon: number): string {
  let x = -4;
  let houses = "";
  while (x < side) {
    const width = Math.round(random.between(24, 44));
    const height = Math.round(random.between(45, 125));
    houses += box(
      x,
      horizon - height,
      width,
      height,
      mix("#6c7480", random.pick(["#a79a8c", "#55606e", "#8c98a8"]), random.next()),
    );
    for (let y = horizon - height + 7; y < horizon - 10; y += 14)
      for (let window = x + 5; window < x + width - 7; window += 11)
        houses += box(window, y, 6, 7, random.chance(0.25) ? "#ffe79a" : "#c3d0dc");
    x += width + 2;
  }
  return houses;
}

function forest(random: Random): string {
  const trunks = many(9, (i) => {
    const x = round(i * 30 + random.between(-8, 8));
    const width = round(random.between(6, 13));
    const crown = mix("#1f5a2c", "#3f7d3a", random.next());
    return (
      box(x, 40, width, 160, mix("#4b3420", "#6b4c30", random.next())) +
      many(3, (k) =>
        polygon(`${x + width / 2},${-46 + k * 34} ${x - 26},${40 + k * 34} ${x + width + 26},${40 + k * 34}`, crown),
      )
    );
  });
  return (
    box(0, 0, side, side, vary(random, "#8fb98a")) +
    trunks +
    ground(178, vary(random, "#50702f")) +
    many(14, () => line(`M${round(random.between(0, side))} ${round(random.between(185, 250))}l3 -8l3 8`, "#35551f", 2))
  );
}

const drawings: Readonly<Record<Background, (random: Random) => string>> = {
  day: (random) => {
    const horizon = random.between(140, 185) | 0;
    return (
      gradient([vary(random, "#5fb4f0"), vary(random, "#d3edfb")], horizon) +
      hills(random, horizon, "#7fbf6a") +
      ground(horizon, vary(random, "#6fbb50"))
    );
  },
  night: (random) => {
    const horizon = random.between(165, 200) | 0;
    const stars = many(26, () =>
      disc(
        round(random.between(0, side)),
        round(random.between(0, horizon - 6)),
        round(random.between(0.6, 1.5)),
        "#fff8dc",
      ),
    );
    return (
      gradient([vary(random, "#070b24"), vary(random, "#1d2a58")], horizon) +
      stars +
      ground(horizon, vary(random, "#141d1f"))
    );
  },
  sunset: (random) => {
    const horizon = random.between(150, 185) | 0;
    const sky = random.pick([
      ["#4a2a6e", "#d9527a", "#ffb347"],
      ["#7a3b7e", "#f0684e", "#ffd36b"],
      ["#c8505a", "#f58a3c", "#ffe08a"],
    ]);
    return (
      gradient(sky, horizon) +
      disc(round(random.between(50, 206)), horizon, round(random.between(28, 40)), "#fff0a0") +
      ground(horizon, vary(random, "#4a2a35"))
    );
  },
  rain: (random) => {
    const horizon = random.between(155, 190) | 0;
    const clouds = many(5, (i) => oval(i * 62, 10, 50, round(random.between(18, 30)), "#5d6873"));
    return (
      gradient([vary(random, "#76828e"), vary(random, "#a9b4bd")], horizon) +
      clouds +
      ground(horizon, vary(random, "#66716c")) +
      many(4, () => oval(round(random.between(10, 246)), round(random.between(horizon + 14, 250)), 24, 4, "#93a7b8"))
    );
  },
  snow: (random) => {
    const horizon = random.between(140, 180) | 0;
    return (
      gradient([vary(random, "#9db6cd"), vary(random, "#d5e2ec")], horizon) +
      hills(random, horizon, "#f4f8fc") +
      ground(horizon, "#f4f8fc")
    );
  },
  indoors: (random) => {
    const floor = random.between(175, 205) | 0;
    const wall = random.pick(["#f0dfbf", "#d9c7e0", "#c9dcc8", "#e9c9b8", "#d8dde4"]);
    const x = random.pick([20, 156]);
    const window =
      box(x - 5, 25, 90, 90, "#fbf8f0") +
      box(x, 30, 80, 80, "#b8dcf2") +
      box(x + 37, 30, 6, 80, "#fbf8f0") +
      box(x, 67, 80, 6, "#fbf8f0") +
      box(x - 16, 20, 18, 104, "#b5574a") +
      box(x + 78, 20, 18, 104, "#b5574a") +
      box(x - 22, 16, 124, 6, "#6b4526");
    const boards = many(4, (i) => line(`M0 ${floor + 14 + i * 18}H256`, "#7d5230", 1.5));
    return (
      box(0, 0, side, floor, wall) + window + ground(floor, "#a9743f") + boards + box(0, floor - 7, side, 9, "#fbf8f0")
    );
  },
  beach: (random) => {
    const horizon = random.between(95, 125) | 0;
    const shore = horizon + 50;
    const wave = many(6, () => "q13 -9 26 0q13 9 26 0");
    return (
      gradient([vary(random, "#7cc8f5"), "#e2f4fc"], horizon) +
      box(0, horizon, side, 60, vary(random, "#2e8fc4")) +
      line(`M0 ${horizon + 16}${wave}`, "#7fc4e4", 2) +
      line(`M-20 ${horizon + 32}${wave}q13 -9 26 0`, "#7fc4e4", 2) +
      ground(shore, vary(random, "#efd9a0")) +
      line(`M0 ${shore}${wave}`, "#fdfdfb", 6) +
      many(30, () => disc(round(random.between(0, side)), round(random.between(shore + 10, 254)), 1, "#c9a96a"))
    );
  },
  city: (random) => {
    const horizon = random.between(160, 190) | 0;
    return (
      gradient([vary(random, "#a9c6dc"), "#e6edf2"], horizon) +
      skyline(random, horizon) +
      ground(horizon, "#6b6e73") +
      box(0, horizon, side, 9, "#b5b5b0") +
      line("M6 236h34M66 236h34M126 236h34M186 236h34", "#f2f2ea", 4)
    );
  },
  forest,
  plain: (random) =>
    box(
      0,
      0,
      side,
      side,
      vary(
        random,
        random.pick(["#ffffff", "#ffffff", "#f1efe6", "#e3ebf0", "#f4e6ea", "#dfe8d8", "#c9ced2", "#e8dcc4"]),
      ),
    ),
};

/** Draws what is behind the objects, in a square of 256 × 256. */
export function drawBackground(background: Background, random: Random): string {
  return drawings[background](random);
}

/** Draws what falls in front of the objects: rain and snow. */
export function drawWeather(background: Background, random: Random): string {
  const at = (): string => `${round(random.between(-10, side))} ${round(random.between(-10, side))}`;
  if (background === "rain")
    return line(
      many(75, () => `M${at()}l-5 17`),
      "#dfeaf3",
      1.5,
    );
  if (background === "snow")
    return many(60, () =>
      disc(round(random.between(0, side)), round(random.between(0, side)), round(random.between(1.2, 3)), "#ffffff"),
    );
  return "";
}
