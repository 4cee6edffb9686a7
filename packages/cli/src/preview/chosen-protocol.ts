import { ClipfindError } from "@clipfind/core/errors";
import { type PreviewProtocol, previewProtocols } from "./preview-protocol.ts";

const choices = ["auto", ...previewProtocols, "off"] as const;

/**
 * The protocol that people chose: by the option's value, else by CLIPFIND_PREVIEW, else "auto".
 * @throws ClipfindError INVALID_ARGUMENT
 */
export function chosenProtocol(
  env: Readonly<Record<string, string | undefined>>,
  option: string | boolean = true,
): PreviewProtocol | "auto" | "off" {
  const [name, value] =
    typeof option === "string" ? ["--preview", option] : ["CLIPFIND_PREVIEW", env["CLIPFIND_PREVIEW"] || "auto"];
  const choice = choices.find((each) => each === value.toLowerCase());
  if (choice !== undefined) return choice;
  const message = `Expected ${name} to be one of ${choices.join(", ")}, found ${JSON.stringify(value)}`;
  throw new ClipfindError("INVALID_ARGUMENT", message);
}
