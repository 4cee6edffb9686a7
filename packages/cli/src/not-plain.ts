/** Thrown by a command that was read without clipanion (plain-search.ts) and asks for what only clipanion knows. */
export class NotPlain extends Error {}
