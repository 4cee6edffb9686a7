import { ClipfindError } from "@clipfind/core/errors";
import type { Context } from "../context.ts";
import { type PreviewProtocol, previewChoices } from "./preview-protocol.ts";

/**
 * The protocol that people chose: by the option's value, else by CLIPFIND_PREVIEW, else by a file of settings, else "auto".
 * @throws ClipfindError INVALID_ARGUMENT
 */
export function chosenProtocol(
  { env, settings }: Pick<Context, "env" | "settings">,
  option: string | boolean = true,
): PreviewProtocol | "auto" | "off" {
  const set = String(settings.values.get("preview")?.value ?? "auto");
  const [name, value] =
    typeof option === "string" ? ["--preview", option] : ["CLIPFIND_PREVIEW", env["CLIPFIND_PREVIEW"] || set];
  const choice = previewChoices.find((each) => each === value.toLowerCase());
  if (choice !== undefined) return choice;
  const message = `Expected ${name} to be one of ${previewChoices.join(", ")}, found ${JSON.stringify(value)}`;
  throw new ClipfindError("INVALID_ARGUMENT", message);
}
