import * as t from "typanion";

/** Validator of options that take a whole number from 1 up. */
export const atLeastOne = t.cascade(t.isNumber(), [t.isInteger(), t.isAtLeast(1)]);
