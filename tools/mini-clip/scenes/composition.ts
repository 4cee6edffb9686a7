import { hash } from "./random.ts";
import type { Relation, Scene } from "./scene.ts";

const compositionIsHeldOut = (composition: string): boolean => hash("composition", composition) % 10 === 0;

/** "a behind b" is "b in front of a", and next to works both ways: one spelling for each. */
export function canonicalRelation(relation: Relation, a: string, b: string): readonly string[] {
  if (relation === "in-front-of") return ["behind", b, a];
  if (relation === "next-to" && b < a) return [relation, b, a];
  return [relation, a, b];
}

/** What decides the split: each group's object with colour and background, then the relation with its objects, if any. */
export function compositions(scene: Scene): readonly string[] {
  const found = scene.groups.map((group) => [group.object, group.colour ?? "natural", scene.background].join("|"));
  if (scene.relation !== undefined) {
    const [a, b] = scene.groups;
    found.push(canonicalRelation(scene.relation, a.object, b?.object ?? "corner").join("|"));
  }
  return found;
}

/**
 * Whether a scene shows a composition that training never sees. About one in ten compositions, chosen by a hash, is held
 * out: (object, colour, background) of each group, and (relation, first object, second object).
 */
export function isHeldOut(scene: Scene): boolean {
  return compositions(scene).some(compositionIsHeldOut);
}

/** Whether what the queries of a scene ask for is held out: its main group or its relation, not only its second group. */
export function mainIsHeldOut(scene: Scene): boolean {
  return compositions(scene).some(
    (composition, i) => (i === 0 || i >= scene.groups.length) && compositionIsHeldOut(composition),
  );
}
