import { realpathSync } from "node:fs";
import { isAbsolute, relative, sep } from "node:path";
import type { Library, LibraryOptions, ScanRules } from "@clipfind/core";
import { ClipfindError } from "@clipfind/core/errors";
import { type Context, isTerminal } from "./context.ts";
import type { Told } from "./index-before-search.ts";
import { age } from "./output/age.ts";
import { plural } from "./output/plural.ts";
import { printable } from "./output/printable.ts";

/** How a search gets at its library. */
export interface SearchPlace {
  readonly context: Context;
  /** --index, --no-index, or neither. */
  readonly index: boolean | undefined;
  readonly verbose: boolean;
  readonly newRules: ScanRules;
  readonly open: (options: Omit<LibraryOptions, "model">) => Promise<Library>;
  readonly told: Told;
  /** Says so where the mini model is used. */
  readonly warn: (library: Library) => void;
}

/** Milliseconds for counting photos before a question. */
const countingFor = 2000;

/**
 * The library that is searched, and what is to be told of its age after the hits. `--index` brings it up to date, and
 * takes in the working directory where that is in none of its folders. Without it, what a person sees is brought up to
 * date when that takes less than a second, and who has no index yet is asked.
 * @throws ClipfindError LIBRARY_NOT_FOUND, ABORTED, and as Library.index
 */
export async function libraryToSearch(place: SearchPlace): Promise<{ library: Library; note: string | undefined }> {
  const library = await openIndexed(place);
  try {
    return { library, note: await freshen(library, place) };
  } catch (error) {
    await library.close();
    throw error;
  }
}

/** The library, with something in it. */
async function openIndexed(place: SearchPlace): Promise<Library> {
  const { index, open } = place;
  const options = { inThisThread: true };
  let library: Library | undefined;
  let reason = "Nothing is indexed yet";
  try {
    library = await open({ ...options, mustExist: true });
    if (library.wasIndexed) return library;
    reason = `Nothing is indexed in ${library.directory} yet`;
  } catch (error) {
    if (!(error instanceof ClipfindError) || error.code !== "LIBRARY_NOT_FOUND") throw error;
    reason = error.message;
  }
  if (index === true || (index === undefined && (await isWanted(reason, place)))) return library ?? open(options);
  await library?.close();
  throw new ClipfindError("LIBRARY_NOT_FOUND", reason, {
    hint: "`clipfind index DIR` indexes a folder; --index the one you are in, before it searches.",
  });
}

/** Whether a person who can be asked wants the working directory to be indexed. */
async function isWanted(reason: string, { context, newRules, told }: SearchPlace): Promise<boolean> {
  // Who answers sees the question.
  if (!isTerminal(context.stdin as unknown as NodeJS.WritableStream) || !isTerminal(context.stderr)) return false;
  const { countPhotos } = await import("@clipfind/core");
  const { photos, isAll } = await countPhotos(context.cwd, newRules, countingFor);
  if (photos === 0) return false;
  told.complain(printable(reason));
  const many = `${isAll ? "" : "more than "}${plural(photos, "photo")}`;
  const { confirm } = await import("./confirm.ts");
  const question = `Index ${many} in ${printable(context.cwd)}?`;
  return (await confirm(context, question, { usually: true, stopped: "Stopped; nothing was indexed" })) === true;
}

/** Brings the library up to date as far as it is wanted or quick. What is to be told of its age, if anything is. */
async function freshen(library: Library, place: SearchPlace): Promise<string | undefined> {
  const { context, index, verbose } = place;
  if (index === false && !verbose) return undefined;
  const isNew = !library.wasIndexed;
  if (index === true || isNew) {
    place.warn(library);
    await indexAll(library, place);
    return undefined;
  }
  const isSeen = isTerminal(context.stdout);
  if (!isSeen && !verbose) return undefined;
  const started = performance.now();
  const { signal } = context;
  // Milliseconds that a search may take to bring the index up to date by itself.
  const quick = Number(context.settings.values.get("look-for")?.value ?? 1) * 1000;
  const { indexedAt, isWatched, changes } = await library.freshness({
    lookFor: isSeen && index !== false ? quick : 0,
    signal,
  });
  if (isWatched || changes?.files === 0) return undefined;
  const left = quick - (performance.now() - started);
  if (changes?.expectedMs !== undefined && changes.expectedMs <= left) {
    if (await isIndexed(library, place)) return undefined;
  }
  if (changes !== undefined) {
    const [are, them] = changes.files === 1 ? ["is", "it"] : ["are", "them"];
    return `${plural(changes.files, "new or changed photo")} ${are} not in the index yet: \`clipfind index\` takes ${them} in`;
  }
  if (indexedAt === undefined) return undefined;
  const ms = Date.now() - indexedAt;
  // A clock that was turned back gives less than nothing.
  if (ms < 60_000 && !verbose) return undefined;
  return `the index is ${age(ms)} old: \`clipfind index\` brings it up to date`;
}

/** Indexes what is new. False where another process does it at the moment. */
async function isIndexed(library: Library, { context, newRules, told }: SearchPlace): Promise<boolean> {
  const { indexBeforeSearch } = await import("./index-before-search.ts");
  try {
    await indexBeforeSearch(library, [], { newRules, report: false }, { told, context });
    return true;
  } catch (error) {
    if (error instanceof ClipfindError && error.code !== "ABORTED") return false;
    throw error;
  }
}

/** Brings all folders up to date, the working directory among them. */
async function indexAll(library: Library, { context, newRules, told }: SearchPlace): Promise<void> {
  const { folders } = library;
  const cwd = realpathSync(context.cwd);
  const isCovered = folders.some((folder) => isWithin(cwd, folder) || isWithin(folder, cwd));
  const how = { newRules, report: true };
  const { indexBeforeSearch } = await import("./index-before-search.ts");
  const means = { told, context };
  if (!isCovered) await indexBeforeSearch(library, [cwd], how, means);
  if (folders.length > 0) await indexBeforeSearch(library, [], how, means);
}

function isWithin(path: string, folder: string): boolean {
  const between = relative(folder, path);
  return between === "" || !(isAbsolute(between) || between.split(sep)[0] === "..");
}
