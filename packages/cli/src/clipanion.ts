// What reads the command line and makes help: apart from what commands are made of, so that a plain search needs none of it.
export { Builtins, Cli } from "clipanion";
