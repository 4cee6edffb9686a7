import { oneSlip } from "@clipfind/core/query-language";
import { commandNames } from "./command-names.ts";

/** The command whose name is written almost like the word, if that is no name of one. */
export function mistakenCommand(word: string): string | undefined {
  const low = word.toLowerCase();
  // Of three letters, any word of three letters is half one.
  return commandNames.find((name) => word !== name && name.length > 3 && (low === name || oneSlip(low, name)));
}
