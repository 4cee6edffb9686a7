import type { Licence } from "../catalogue-model.ts";

/** What happens while a model is being downloaded. */
export type PullEvent =
  /** Another process changes the same model. */
  | { readonly type: "waiting"; readonly holder: string }
  /** Told before the first byte of a file is fetched. */
  | {
      readonly type: "start";
      readonly id: string;
      readonly name: string;
      readonly licence: Licence;
      readonly hub: string;
      readonly repositories: readonly string[];
      readonly files: number;
      readonly bytes: number;
      readonly directory: string;
    }
  | { readonly type: "progress"; readonly present: number; readonly bytes: number }
  | { readonly type: "retry"; readonly reason: string; readonly pauseMs: number }
  /** After the download: what is done with the files. */
  | { readonly type: "step"; readonly step: string };
