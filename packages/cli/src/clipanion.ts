// What reads the command line and makes help: apart from what commands are made of, so that a plain search needs none of it.
import { Builtins } from "clipanion";

export { Cli } from "clipanion";

export const { HelpCommand } = Builtins;

/** By its long name only: `clipfind -v cat` is a search that tells more. */
export class VersionCommand extends Builtins.VersionCommand {
  static override paths = [["--version"]];
}
