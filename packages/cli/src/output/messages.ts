export const logFormats = ["text", "json"] as const;
/** What --log-format says. */
export type LogFormat = (typeof logFormats)[number];

/** How much a message matters: --quiet leaves out all but errors. */
export type MessageLevel = "error" | "warning" | "info";

/** What is told on standard error. */
export interface Message {
  readonly level: MessageLevel;
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
  /** An error's code (docs/errors.md). */
  readonly code?: string | undefined;
}

export interface MessageSettings {
  readonly format: LogFormat;
  readonly quiet: boolean;
}

/**
 * A message as it is written to standard error, with its line end; "" where it is not to be told. As text, `clipfind:`
 * stands before a message unless `isBare`; as JSON it is a line of its own, whatever is in it.
 */
export function messageText(message: Message, { format, quiet }: MessageSettings, isBare = false): string {
  if (quiet && message.level !== "error") return "";
  if (format === "json") {
    const { level, hint, code } = message;
    return `${JSON.stringify({ level, message: message.message.trim(), ...(hint !== undefined && { hint }), ...(code !== undefined && { code }) })}\n`;
  }
  const hint = message.hint === undefined ? "" : `${message.hint}\n`;
  return `${isBare ? "" : "clipfind: "}${message.message}\n${hint}`;
}
