import { ClipTextEncoder } from "./clip/text-encoder.ts";
import type { EmbeddedText } from "./clip/text-tower.ts";
import type { QueryVector, QueryVectorsTable } from "./db/query-vectors-table.ts";
import type { Model } from "./models/open-model.ts";

/** Vectors of texts: those asked for last are known, the others a text tower makes, loaded when it is needed first. */
export class TextQueries {
  readonly #known: QueryVectorsTable;
  readonly #openModel: () => Model;
  readonly #inThisThread: boolean;
  #tower: { readonly fingerprint: string; readonly encoder: ClipTextEncoder } | undefined;

  constructor(known: QueryVectorsTable, openModel: () => Model, inThisThread: boolean) {
    this.#known = known;
    this.#openModel = openModel;
    this.#inThisThread = inThisThread;
  }

  /** The vector of a text by the model with this fingerprint, which is the one that is searched. */
  async encode(fingerprint: string, text: string): Promise<QueryVector> {
    const known = this.#known.get(fingerprint, text);
    if (known !== undefined) return known;
    const query = await this.#run(text);
    this.#known.put(fingerprint, text, query);
    return query;
  }

  async close(): Promise<void> {
    await this.#tower?.encoder.close();
  }

  async #run(text: string): Promise<EmbeddedText> {
    const model = this.#openModel();
    const { fingerprint } = model;
    if (this.#tower?.fingerprint !== fingerprint) {
      await this.#tower?.encoder.close();
      this.#tower = { fingerprint, encoder: ClipTextEncoder.open(model, { inThisThread: this.#inThisThread }) };
    }
    const { encoder } = this.#tower;
    try {
      return await encoder.encode(text);
    } catch (error) {
      // A model that could not be loaded may be in its place again by the next search.
      this.#tower = undefined;
      await encoder.close();
      throw error;
    }
  }
}
