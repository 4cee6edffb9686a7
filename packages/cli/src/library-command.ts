import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Library, LibraryOptions, ScanRules } from "@clipfind/core";
import { Option } from "clipanion";
import { BaseCommand } from "./base-command.ts";
import { demoMark } from "./demo/demo-mark.ts";

/** What the commands that work on a library share: which library, which model, and the form of the answer. */
export abstract class LibraryCommand extends BaseCommand {
  library = Option.String("--library", {
    description:
      "Directory of the index. Else CLIPFIND_LIBRARY, the nearest .clipfind/ upward, that of your settings, your data directory",
  });

  model = Option.String("--model", {
    description:
      "Model: a directory or an installed one's name (`clipfind models`). Else CLIPFIND_MODEL, the library's, the mini model",
  });

  json = Option.Boolean("--json", false, { description: "Print one JSON document on standard output" });

  #isWarned = false;

  override get usesSettings(): boolean {
    return true;
  }

  /** Directory of the library that is meant. */
  protected async libraryPlace(): Promise<string> {
    // Loaded only now: help needs none of it.
    const { libraryDirectory } = await import("@clipfind/core");
    const { env, cwd } = this.context;
    return libraryDirectory({ explicit: this.library, env, cwd, fallback: this.libraryOfSettings });
  }

  /** The library that a file names for where nothing else does. */
  protected get libraryOfSettings(): string | undefined {
    return this.#setText("library");
  }

  /** Opens the library that is meant, with the model that was named, if one was. */
  protected async openLibrary(options: Omit<LibraryOptions, "model"> = {}): Promise<Library> {
    const { Library, namedModel } = await import("@clipfind/core");
    const modelNamed = async (name: string | undefined): Promise<string | undefined> =>
      name === undefined ? undefined : namedModel(name, this.context);
    const directory = await this.libraryPlace();
    const model = await modelNamed(this.model ?? (this.context.env["CLIPFIND_MODEL"] || undefined));
    const library = Library.open(directory, { model, ...options });
    const preferred = this.#setText("model");
    if (model !== undefined || preferred === undefined || library.wasIndexed) return library;
    // A library keeps the model it has; what is set counts for a new one.
    await library.close();
    return Library.open(directory, { model: await modelNamed(preferred), ...options });
  }

  /** What the user's settings say of folders that are indexed for the first time. */
  protected newFolderRules(): ScanRules {
    const { values } = this.context.settings;
    const isSet = (key: "follow" | "hidden" | "ignore" | "svg"): boolean | undefined =>
      values.get(key)?.value as boolean | undefined;
    const exclude = (values.get("exclude")?.value ?? []) as readonly string[];
    return {
      ...(isSet("follow") === true && { follow: true }),
      ...(isSet("hidden") === true && { hidden: true }),
      ...(isSet("ignore") === false && { ignore: false }),
      ...(isSet("svg") === true && { svg: true }),
      ...(exclude.length > 0 && { exclude }),
    };
  }

  /** What a file sets; the environment is read elsewhere. */
  #setText(key: "library" | "model"): string | undefined {
    const setting = this.context.settings.values.get(key);
    return setting === undefined || setting.source === "environment" ? undefined : String(setting.value);
  }

  /** Says so where drawings are what the model knows, and photographs are what it will be asked for. */
  protected warnOfMiniModel(library: Library): void {
    if (this.#isWarned || !library.usesMiniModel || existsSync(join(library.directory, "..", demoMark))) return;
    this.#isWarned = true;
    this.complain(
      "using the mini model that ships with clipfind: it knows drawings, not photographs",
      "For photographs get a CLIP model: `clipfind models pull`, then index with --model (docs/models.md).",
    );
  }
}
