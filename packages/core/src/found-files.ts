import type { BytePath } from "./byte-path.ts";
import type { Fingerprint } from "./fingerprint.ts";

/** A file as the walk found it. */
export interface FoundFile {
  readonly name: BytePath;
  readonly fingerprint: Fingerprint;
}

/** The numbers of a file: bytes, mtime, ctime, inode. */
const numbersPerFile = 4;

/** The candidates of one directory, packed: a million of them take some forty bytes each. */
export class FoundFiles {
  readonly #names: Buffer;
  readonly #numbers: BigInt64Array;

  /** `names`: each followed by a zero byte. `numbers`: four per file. */
  constructor(names: Buffer, numbers: BigInt64Array) {
    this.#names = names;
    this.#numbers = numbers;
  }

  get length(): number {
    return this.#numbers.length / numbersPerFile;
  }

  /** Bytes of all files together. */
  get bytes(): number {
    let sum = 0;
    for (let at = 0; at < this.#numbers.length; at += numbersPerFile) sum += Number(this.#numbers[at]);
    return sum;
  }

  /** Bytes of the file at a place. */
  bytesOf(place: number): bigint {
    return this.#numbers[place * numbersPerFile] as bigint;
  }

  *[Symbol.iterator](): Generator<FoundFile, void, void> {
    const names = this.#names.toString("latin1").split("\0");
    for (let index = 0; index < this.length; index++) {
      const at = index * numbersPerFile;
      const number = (which: number): bigint => this.#numbers[at + which] as bigint;
      yield {
        name: names[index] as BytePath,
        fingerprint: { bytes: number(0), mtimeNs: number(1), ctimeNs: number(2), inode: number(3) },
      };
    }
  }
}
