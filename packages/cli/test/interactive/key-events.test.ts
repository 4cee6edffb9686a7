import { PassThrough } from "node:stream";
import { emitKeypressEvents } from "node:readline";
import { expect, test } from "vitest";
import type { Event } from "../../src/interactive/events.ts";
import { withoutAnswers } from "../../src/preview/terminal-answers.ts";
import { keyEvents } from "../../src/interactive/key-events.ts";

/** The events that bytes from a terminal make, as node:readline reads them; each chunk arrives by itself. */
function eventsOf(...chunks: readonly (string | Buffer)[]): Event[] {
  const events: Event[] = [];
  const stream = new PassThrough();
  emitKeypressEvents(stream);
  stream.on(
    "keypress",
    keyEvents((event) => events.push(event)),
  );
  // At once, as a stream would hand them over one by one.
  for (const chunk of chunks) stream.emit("data", Buffer.from(chunk));
  return events;
}

const text = (typed: string): Event => ({ type: "text", text: typed });
const esc = "\u001b";

test.each([
  ["up", `${esc}[A`],
  ["down", `${esc}[B`],
  ["up", `${esc}OA`],
  ["right", `${esc}[C`],
  ["left", `${esc}[D`],
  ["home", `${esc}[H`],
  ["home", `${esc}[1~`],
  ["end", `${esc}[F`],
  ["end", `${esc}[4~`],
  ["pageup", `${esc}[5~`],
  ["pagedown", `${esc}[6~`],
  ["delete", `${esc}[3~`],
  ["return", "\r"],
  ["return", "\n"],
  ["tab", "\t"],
  ["shift-tab", `${esc}[Z`],
  ["backspace", "\u007f"],
  ["backspace", "\b"],
  ["ctrl-c", "\u0003"],
  ["ctrl-d", "\u0004"],
  ["ctrl-e", "\u0005"],
  ["ctrl-l", "\u000c"],
  ["ctrl-n", "\u000e"],
  ["ctrl-p", "\u0010"],
  ["ctrl-s", "\u0013"],
  ["ctrl-t", "\u0014"],
  ["ctrl-u", "\u0015"],
  ["ctrl-w", "\u0017"],
  ["ctrl-y", "\u0019"],
  ["ctrl-z", "\u001a"],
])("%s", (key, bytes) => {
  expect(eventsOf(bytes)).toEqual([{ type: "key", key }]);
});

test("text is text: capitals, blanks, other scripts, also where a character arrives in two pieces", () => {
  expect(eventsOf("aZ 1")).toEqual(["a", "Z", " ", "1"].map(text));
  expect(eventsOf("é日👩")).toEqual(["é", "日", "👩"].map(text));
  const bytes = Buffer.from("日");
  expect(eventsOf(bytes.subarray(0, 1), bytes.subarray(1))).toEqual([text("日")]);
  expect(eventsOf(Buffer.from([0x61, 0xff, 0x62]))).toEqual([text("a"), text("\ufffd"), text("b")]);
});

test("what is pasted is one text, keys or not, and nothing of it is a key", () => {
  expect(eventsOf(`${esc}[200~a red\rcar\u0003\t日${esc}[201~x`)).toEqual([text("a red\rcar\u0003\t日"), text("x")]);
  expect(eventsOf(`${esc}[200~a`, `b${esc}[201~`)).toEqual([text("ab")]);
  expect(eventsOf(`${esc}[200~${esc}[201~`)).toEqual([]);
});

test("keys that mean nothing are ignored: function keys, Alt, other letters with Ctrl", () => {
  expect(eventsOf(`${esc}OP`, `${esc}[15~`, `${esc}x`, "\u0001", "\u0002")).toEqual([]);
});

test("answers of the terminal that come late are not typed", () => {
  const late = Buffer.from(`a${esc}[6;20;10t${esc}[4;480;800t${esc}[?62;4;22c日${esc}[A`);
  expect(eventsOf(late).slice(1)).not.toEqual([text("日"), { type: "key", key: "up" }]);
  expect(eventsOf(withoutAnswers(late))).toEqual([text("a"), text("日"), { type: "key", key: "up" }]);
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  expect(withoutAnswers(bytes)).toEqual(bytes);
});
