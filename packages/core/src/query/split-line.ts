/** A word of a line, its quotes removed. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** How many of its first characters stood outside quotes: only they can be a sign, a weight, a filter's name. */
  readonly plain: number;
}

/** What a quote may stand behind; elsewhere it is a character: 5" screen. */
const opens = /[\s:@+\-|=<>]/;
const path = /^(?:[@/\\~.]|[a-z]:[/\\]|[a-z]+:\/\/|text:@?[/\\~.])/i;

/**
 * Splits a line at blanks. "…" keeps blanks and signs together, "" inside stands for one quote. | is a word of its own,
 * but not in a path or URL.
 */
export function splitLine(line: string): Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < line.length) {
    if (/\s/.test(line[at]!)) at++;
    else {
      const word = line[at] === "|" ? { text: "|", start: at, end: at + 1, plain: 1 } : wordAt(line, at);
      words.push(word);
      at = word.end;
    }
  }
  return words;
}

function wordAt(line: string, start: number): Word {
  let text = "";
  let plain: number | undefined;
  let at = start;
  while (at < line.length && !/\s/.test(line[at]!) && !(line[at] === "|" && !path.test(text))) {
    const quoted = line[at] === '"' && (at === start || opens.test(line[at - 1]!)) ? quotedAt(line, at) : undefined;
    if (quoted === undefined) text += line[at++];
    else {
      plain ??= text.length;
      text += quoted.text;
      at = quoted.end;
    }
  }
  return { text, start, end: at, plain: plain ?? text.length };
}

function quotedAt(line: string, open: number): { text: string; end: number } | undefined {
  const [whole, inside] = /^"((?:[^"]|"")*)"/.exec(line.slice(open)) ?? [];
  if (whole === undefined || inside === undefined) return undefined;
  return { text: inside.replaceAll('""', '"'), end: open + whole.length };
}
