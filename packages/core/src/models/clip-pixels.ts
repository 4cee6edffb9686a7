import type { PerChannel } from "./model-manifest.ts";

/** Mean and standard deviation of CLIP's training pixels (Radford et al. 2021, and every open_clip model but a few). */
export const clipMean: PerChannel = [0.48145466, 0.4578275, 0.40821073];
export const clipStd: PerChannel = [0.26862954, 0.26130258, 0.27577711];
