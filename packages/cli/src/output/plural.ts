import { grouped } from "./grouped.ts";

/** "1 photo", "1,234 photos"; `many` where the plural is not the noun with an s. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : many}`;
}
