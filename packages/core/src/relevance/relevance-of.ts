import { type Calibration, stepOf } from "./calibrate.ts";

/**
 * The probability of each score, 0 to 1 and rising with it, that its photo shows what the text says. How many of the
 * photos do is not known beforehand: their share is the likeliest for the sample (expectation maximisation, as Saerens,
 * Latinne and Decaestecker, Neural Computation 14:21, 2002, adapt a classifier to new priors).
 * @param sample - scores of a uniform sample of the photos searched
 */
export function relevanceOf(scores: readonly number[], sample: readonly number[], calibration: Calibration): number[] {
  const ratios = sample.map((score) => ratioOf(score, calibration));
  let share = 0.1;
  for (let round = 0; round < 50 && ratios.length > 0; round++) {
    // As if of one photo more, half were right: a handful of photos does not prove that there are none, or all are.
    const sum = ratios.reduce((total, ratio) => total + (share * ratio) / (share * ratio + 1 - share), 0.5);
    share = Math.min(mostRight, Math.max(leastRight, sum / (ratios.length + 1)));
  }
  return scores.map((score) => {
    const ratio = ratioOf(score, calibration);
    return (share * ratio) / (share * ratio + 1 - share);
  });
}

const leastRight = 0.002;
const mostRight = 0.9;

function ratioOf(score: number, { borders, ratios }: Calibration): number {
  return ratios[stepOf(score, borders)] as number;
}
