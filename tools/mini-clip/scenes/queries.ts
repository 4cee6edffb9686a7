import type { Scene } from "./scene.ts";
import {
  backgroundNames,
  backgroundPhrases,
  colourWords,
  nameOf,
  numbers,
  relationPhrases,
  withArticle,
} from "./words.ts";

/** One canonical question per category, absent where the scene has no answer to it. Equal text means an equal question. */
export interface Queries {
  /** "a bicycle": the kind of the main group. */
  readonly object: string;
  /** "a red car" */
  readonly colourObject?: string;
  /** "a red car at night" */
  readonly colourObjectOnBackground?: string;
  /** "three birds": from two on. */
  readonly count?: string;
  /** "a cat under a table" */
  readonly relation?: string;
  /** "a rainy day"; a plain background is nothing that one looks for. */
  readonly background?: string;
}

/** The questions that find a scene. */
export function queries(scene: Scene): Queries {
  const [main, other] = scene.groups;
  const { object, count } = main;
  const coloured = main.colour && `${colourWords[main.colour][0]} ${nameOf(object, count)}`;
  const colourObject = coloured && (count === 1 ? withArticle(coloured) : coloured);
  const second = other === undefined ? "a corner" : withArticle(nameOf(other.object, 1));
  return {
    object: withArticle(nameOf(object, 1)),
    ...(colourObject && {
      colourObject,
      colourObjectOnBackground: `${colourObject} ${backgroundPhrases[scene.background][0]}`,
    }),
    ...(count > 1 && { count: `${numbers[count]} ${nameOf(object, count)}` }),
    ...(scene.relation && {
      relation: `${withArticle(nameOf(object, 1))} ${relationPhrases[scene.relation][0]} ${second}`,
    }),
    ...(scene.background !== "plain" && { background: backgroundNames[scene.background][0] ?? scene.background }),
  };
}
