import { deviceWishes } from "../device-option.ts";
import { colorChoices } from "../output/color-depth.ts";
import { previewChoices } from "../preview/preview-protocol.ts";
import { type SettingKind, either, number, oneOf, size, text, texts, yesOrNo } from "./setting-kinds.ts";

/** A default that people may choose: for an option, unless something else is said here. */
export interface Setting {
  readonly kind: SettingKind;
  /** What holds where nothing is set, for people. */
  readonly initial: string;
  readonly description: string;
  /** Environment variable, where who uses the setting reads and judges that; CLIPFIND_KEY unless given. */
  readonly variable?: string;
  /** What the variable does, where that is not what a file does. */
  readonly variableDoes?: string;
  /** The option that a value becomes, and the field of commands that have it; absent where a command asks itself. */
  readonly option?: { readonly name: string; readonly field: string };
  /** Whether the file of a folder may set it. Such a file may come with a folder that somebody else has made. */
  readonly inProject?: true;
  /** Whether it is a path, to be resolved from where it is written. */
  readonly isPath?: true;
}

const many = Number.MAX_SAFE_INTEGER;

/** All settings. The one place that names them: files, environment, `clipfind config`, the manual. */
export const settings = {
  library: {
    kind: text("a directory"),
    initial: "the nearest .clipfind/, else your own",
    description: "Directory of the index, instead of your data directory; a .clipfind/ upward goes before it",
    variableDoes: "Directory of the index, where --library does not name one",
    isPath: true,
  },
  model: {
    kind: text("a model's name or directory"),
    initial: "the library's, else the mini model",
    description: "Model of libraries that are indexed for the first time",
    variableDoes: "Model, where --model does not name one",
    isPath: true,
  },
  limit: {
    kind: number(1, many, { whole: true }),
    initial: "10",
    description: "Most photos that a search prints",
    option: { name: "--limit", field: "limit" },
    inProject: true,
  },
  cutoff: {
    kind: either(oneOf(["auto", "none"]), number(0, 1)),
    initial: "none",
    description: "Confidence below which a search leaves photos out",
    option: { name: "--cutoff", field: "cutoff" },
    inProject: true,
  },
  index: {
    kind: yesOrNo,
    initial: "asks, where a person can answer",
    description: "Whether a search first indexes what is new, or never does",
    option: { name: "--index", field: "index" },
  },
  "look-for": {
    kind: number(0, 3600),
    initial: "1",
    description: "Seconds that a search on a terminal may take to look for changes, and to index them; 0: never looks",
    inProject: true,
  },
  color: {
    kind: oneOf(colorChoices),
    initial: "auto",
    description: "Whether results are coloured; NO_COLOR and its like go before what a file says",
    inProject: true,
  },
  preview: {
    kind: oneOf(previewChoices),
    initial: "auto",
    description: "How a terminal shows pictures, where they are wanted",
    variable: "CLIPFIND_PREVIEW",
    inProject: true,
  },
  device: {
    kind: oneOf(deviceWishes),
    initial: "auto",
    description: "What encodes photos",
    variable: "CLIPFIND_DEVICE",
    option: { name: "--device", field: "device" },
  },
  precision: {
    kind: oneOf(["auto", "int8", "fp32"]),
    initial: "auto",
    description: "Which graphs of a model index runs use",
    option: { name: "--precision", field: "precision" },
  },
  threads: {
    kind: number(1, many, { whole: true }),
    initial: "one per core",
    description: "Encoder processes of index runs",
    option: { name: "--threads", field: "workers" },
  },
  "max-memory": {
    kind: size,
    initial: "300M and 600M per encoder",
    description: "Memory of an index run",
    option: { name: "--max-memory", field: "maxMemory" },
  },
  nice: {
    kind: number(-20, 19, { whole: true }),
    initial: "0",
    description: "Priority of index runs",
    option: { name: "--nice", field: "nice" },
  },
  timeout: {
    kind: number(0.001, 86_400),
    initial: "60",
    description: "Seconds after which a photo is given up",
    option: { name: "--timeout", field: "timeout" },
  },
  "max-megapixels": {
    kind: number(0.001, 10_000),
    initial: "500",
    description: "Largest picture that is decoded, in million pixels",
    option: { name: "--max-megapixels", field: "maxMegapixels" },
  },
  "rescan-every": {
    kind: text("a time such as 30s, 10m or 1h", (value) => /^\d+(?:\.\d+)?[smh]$/.test(value)),
    initial: "1h",
    description: "How often `clipfind watch` looks through the folders in any case",
    option: { name: "--rescan-every", field: "rescanEvery" },
  },
  exclude: {
    kind: texts,
    initial: "nothing",
    description: "Globs of what is left out of folders that are indexed for the first time",
    inProject: true,
  },
  hidden: {
    kind: yesOrNo,
    initial: "false",
    description: "Hidden files and folders count, in folders indexed for the first time",
    inProject: true,
  },
  ignore: {
    kind: yesOrNo,
    initial: "true",
    description: "Ignore files and the list of junk folders count, in folders indexed for the first time",
    inProject: true,
  },
  follow: {
    kind: yesOrNo,
    initial: "false",
    description: "Symbolic links are followed, in folders indexed for the first time",
  },
  svg: {
    kind: yesOrNo,
    initial: "false",
    description: "SVG drawings are photos, too, in folders indexed for the first time",
  },
  hub: {
    kind: text("an http or https URL", (value) => /^https?:\/\/./i.test(value) && URL.canParse(value)),
    initial: "the Hugging Face hub",
    description: "Where `clipfind models pull` gets models",
    variable: "HF_ENDPOINT",
    option: { name: "--hub", field: "hub" },
  },
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingKey = keyof typeof settings;

export const settingKeys = Object.keys(settings) as SettingKey[];

export function settingOf(key: SettingKey): Setting {
  return settings[key];
}

/** The environment variable of a setting. */
export function variableOf(key: SettingKey): string {
  return settingOf(key).variable ?? `CLIPFIND_${key.toUpperCase().replaceAll("-", "_")}`;
}
