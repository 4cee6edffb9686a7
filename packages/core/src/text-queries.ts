import type { QueryVector, QueryVectorsTable } from "./db/query-vectors-table.ts";
import { KeptTextEncoder } from "./kept-text-encoder.ts";
import type { Model } from "./models/open-model.ts";

/** Vectors of texts: those asked for last are known, the others a text tower makes, loaded when it is needed first. */
export class TextQueries {
  readonly #known: QueryVectorsTable;
  readonly #openModel: () => Model;
  readonly #encoder: KeptTextEncoder;

  constructor(known: QueryVectorsTable, openModel: () => Model, inThisThread: boolean) {
    this.#known = known;
    this.#openModel = openModel;
    this.#encoder = new KeptTextEncoder(inThisThread);
  }

  /** Begins to load what texts need. @throws ClipfindError MODEL_* when there is no model to load */
  warmUp(): void {
    this.#encoder.warmUp(this.#openModel());
  }

  /** The vector of a text by the model with this fingerprint, which is the one that is searched. */
  async encode(fingerprint: string, text: string): Promise<QueryVector> {
    const known = this.#known.get(fingerprint, text);
    if (known !== undefined) return known;
    const query = await this.#encoder.encode(this.#openModel(), text);
    this.#known.put(fingerprint, text, query);
    return query;
  }

  /** No text follows at once: what the tower holds may be used for something else. */
  allEncoded(): Promise<void> {
    return this.#encoder.allEncoded();
  }

  close(): Promise<void> {
    return this.#encoder.close();
  }
}
