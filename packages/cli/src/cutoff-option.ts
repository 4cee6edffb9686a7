import { Option } from "clipanion";
import * as t from "typanion";

/** The option by which commands leave out what is likely wrong. */
export function cutoffOption(): number | "auto" | "none" | undefined {
  return Option.String("--cutoff", {
    description: "Leave out photos below this confidence, 0 to 1; auto: those likelier wrong than right (default none)",
    validator: t.isOneOf([t.isEnum(["auto", "none"] as const), t.cascade(t.isNumber(), [t.isInInclusiveRange(0, 1)])]),
  });
}
