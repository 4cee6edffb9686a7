// oxlint-disable-next-line no-control-regex -- control characters are the point
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * A file name or other foreign text made safe for a line of output: control characters, which could break the line or
 * drive the terminal, and those that turn the writing around become \xNN or \uNNNN escapes. The rule for paths goes
 * further ({@link shownPath}); JSON output does not need it.
 */
export function printable(text: string): string {
  return text.replaceAll(unprintable, (character) => {
    const code = character.charCodeAt(0);
    // \xNN is a byte, which is a character below 128 only.
    return code < 128 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}
