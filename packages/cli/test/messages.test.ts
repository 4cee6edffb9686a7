import { expect, test } from "vitest";
import { earlyOptions } from "../src/early-options.ts";
import { messageText } from "../src/output/messages.ts";

const warning = { level: "warning", message: 'a "bad"\nthing', hint: "Do this." } as const;
const error = { level: "error", message: "no", code: "DISK_FULL" } as const;
const text = { format: "text", quiet: false } as const;
const json = { format: "json", quiet: false } as const;

test("as text a message has our name in front, and its hint behind it", () => {
  expect(messageText(warning, text)).toBe('clipfind: a "bad"\nthing\nDo this.\n');
  expect(messageText({ level: "info", message: "Done." }, text, true)).toBe("Done.\n");
});

test("as JSON it is one line with level, message, and hint and code where it has them", () => {
  expect(messageText(warning, json)).toBe('{"level":"warning","message":"a \\"bad\\"\\nthing","hint":"Do this."}\n');
  expect(messageText(error, json)).toBe('{"level":"error","message":"no","code":"DISK_FULL"}\n');
  expect(messageText({ level: "info", message: "Done." }, json, true)).toBe('{"level":"info","message":"Done."}\n');
});

test("--quiet leaves errors, in either form", () => {
  for (const settings of [text, json]) {
    expect(messageText(warning, { ...settings, quiet: true })).toBe("");
    expect(messageText({ level: "info", message: "Done." }, { ...settings, quiet: true })).toBe("");
    expect(messageText(error, { ...settings, quiet: true })).toBe(messageText(error, settings));
  }
});

test.each([
  [["cat"], { color: undefined, logFormat: "text" }],
  [["--color", "auto"], { color: "auto", logFormat: "text" }],
  [["--color", "always", "--log-format=json", "cat"], { color: "always", logFormat: "json" }],
  [["--color=always", "--color=never"], { color: "never", logFormat: "text" }],
  [["--color", "blue", "--log-format"], { color: undefined, logFormat: "text" }],
  [["--", "--color", "always"], { color: undefined, logFormat: "text" }],
])("of the words %j these are known before the line is parsed: %j", (args, expected) => {
  expect(earlyOptions(args)).toEqual(expected);
});
