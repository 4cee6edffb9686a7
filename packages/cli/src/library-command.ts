import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Library, LibraryOptions } from "@clipfind/core";
import { Option } from "clipanion";
import { BaseCommand } from "./base-command.ts";
import { demoMark } from "./demo/demo-mark.ts";

/** What the commands that work on a library share: which library, which model, and the form of the answer. */
export abstract class LibraryCommand extends BaseCommand {
  library = Option.String("--library", {
    description: "Directory of the index. Else CLIPFIND_LIBRARY, the nearest .clipfind/ upward, your data directory",
  });

  model = Option.String("--model", {
    description:
      "Model: a directory or an installed one's name (`clipfind models`). Else CLIPFIND_MODEL, the library's, the mini model",
  });

  json = Option.Boolean("--json", false, { description: "Print one JSON document on standard output" });

  /** Opens the library that is meant, with the model that was named, if one was. */
  protected async openLibrary(options: Omit<LibraryOptions, "model"> = {}): Promise<Library> {
    // Loaded only now: help needs none of it.
    const { Library, libraryDirectory, namedModel } = await import("@clipfind/core");
    const { env, cwd } = this.context;
    const name = this.model ?? (env["CLIPFIND_MODEL"] || undefined);
    const model = name === undefined ? undefined : await namedModel(name, this.context);
    return Library.open(libraryDirectory({ explicit: this.library, env, cwd }), { model, ...options });
  }

  /** Says so where drawings are what the model knows, and photographs are what it will be asked for. */
  protected warnOfMiniModel(library: Library): void {
    if (!library.usesMiniModel || existsSync(join(library.directory, "..", demoMark))) return;
    this.complain(
      "using the mini model that ships with clipfind: it knows drawings, not photographs",
      "For photographs get a CLIP model: `clipfind models pull`, then index with --model (docs/models.md).",
    );
  }
}
