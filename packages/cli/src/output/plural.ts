const number = new Intl.NumberFormat("en-US");

/** "1 photo", "1,234 photos". */
export function plural(count: number, noun: string): string {
  return `${number.format(count)} ${noun}${count === 1 ? "" : "s"}`;
}
