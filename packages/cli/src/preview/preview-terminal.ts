import { ReadStream, WriteStream } from "node:tty";
import { askTerminal } from "./ask-terminal.ts";
import { type DetectedTerminal, detectProtocol } from "./detect-protocol.ts";
import type { PreviewProtocol } from "./preview-protocol.ts";

/** A terminal, as far as pictures are concerned. */
export interface PreviewTerminal {
  readonly protocol: PreviewProtocol;
  /** What pictures must be handed through. */
  readonly multiplexer: DetectedTerminal["multiplexer"];
  /** Size of a character in pixels. */
  readonly cell: { readonly width: number; readonly height: number };
  /** Bits of colour. */
  readonly colorDepth: number;
  /** Size in characters. */
  readonly columns: number;
  readonly rows: number;
  /** What was typed while it was asked. */
  readonly typed: Buffer;
}

/** Small, where the terminal does not say: a picture may come out smaller than its place, and not larger. */
const unknownCell = { width: 8, height: 16 };

/** What {@link previewTerminal} looks at. */
export interface TerminalStreams {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly colorDepth: number;
}

/**
 * How pictures are shown on standard output; undefined where they are not, because it is no terminal, or one that shows
 * nothing but text.
 * @param wanted - a protocol, or "auto": what the environment tells and the terminal answers
 */
export async function previewTerminal(
  { stdin, stdout, env, colorDepth }: TerminalStreams,
  wanted: PreviewProtocol | "auto" | "off",
): Promise<PreviewTerminal | undefined> {
  if (wanted === "off" || !(stdout instanceof WriteStream)) return undefined;
  const detected = detectProtocol(env);
  const { multiplexer } = detected;
  const protocol = wanted === "auto" ? detected.protocol : wanted;
  if (protocol === "off") return undefined;
  const size = { columns: stdout.columns || 80, rows: stdout.rows || 24, colorDepth };
  const canAsk = protocol !== "blocks" && stdin instanceof ReadStream;
  const answers = canAsk ? await askTerminal(stdin, stdout) : undefined;
  const cell = answers?.cell ?? unknownCell;
  const hasSixel = answers?.hasSixel === true;
  const chosen = protocol ?? (hasSixel ? "sixel" : "blocks");
  // A tmux that knows sixels draws them itself.
  const isOwn = chosen === "blocks" || (chosen === "sixel" && multiplexer === "tmux" && hasSixel);
  const typed = answers?.typed ?? Buffer.alloc(0);
  return { ...size, cell, typed, protocol: chosen, multiplexer: isOwn ? undefined : multiplexer };
}
