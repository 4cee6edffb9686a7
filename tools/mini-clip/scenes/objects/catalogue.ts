import { animals } from "./animals.ts";
import { buildings } from "./buildings.ts";
import { craft } from "./craft.ts";
import { farmAnimals } from "./farm-animals.ts";
import { food } from "./food.ts";
import { furniture } from "./furniture.ts";
import { nature } from "./nature.ts";
import type { ObjectKind } from "./object-kind.ts";
import { people } from "./people.ts";
import { sky } from "./sky.ts";
import { smallAnimals } from "./small-animals.ts";
import { things } from "./things.ts";
import { vehicles } from "./vehicles.ts";

const kinds = {
  ...animals,
  ...farmAnimals,
  ...smallAnimals,
  ...people,
  ...vehicles,
  ...craft,
  ...buildings,
  ...nature,
  ...sky,
  ...food,
  ...furniture,
  ...things,
};

export type ObjectName = keyof typeof kinds;

/** Every object that a scene can show. */
export const catalogue: Readonly<Record<ObjectName, ObjectKind>> = kinds;

/** The names of the objects, in the order of the catalogue. */
export const objectNames: readonly ObjectName[] = Object.keys(kinds) as ObjectName[];
