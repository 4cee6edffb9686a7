const number = new Intl.NumberFormat("en-US");

/** "1 photo", "1,234 photos"; `many` where the plural is not the noun with an s. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${number.format(count)} ${count === 1 ? noun : many}`;
}
