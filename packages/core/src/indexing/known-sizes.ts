import type { Catalog } from "../db/open-catalog.ts";

/** Sizes are told apart modulo this: most photos are smaller. */
const bits = 23;

/**
 * Whether some content has as many bytes as a file: then the file may be a known photo by another name. Says yes to a
 * few sizes that no content has; never no to one that some content has. Takes a megabyte, filled at the first question.
 */
export class KnownSizes {
  readonly #catalog: Catalog;
  #seen: Uint8Array | undefined;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  has(bytes: bigint): boolean {
    this.#seen ??= this.#read();
    const place = Number(BigInt.asUintN(bits, bytes));
    return (this.#seen[place >> 3]! & (1 << (place & 7))) !== 0;
  }

  #read(): Uint8Array {
    const seen = new Uint8Array(2 ** (bits - 3));
    for (const bytes of this.#catalog.contents.sizes()) {
      const place = bytes % 2 ** bits;
      seen[place >> 3]! |= 1 << (place & 7);
    }
    return seen;
  }
}
