import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Library, libraryDirectory } from "@clipfind/core";
import { Option } from "clipanion";
import { BaseCommand } from "./base-command.ts";
import { demoMark } from "./demo/demo-folder.ts";

/** What the commands that work on a library share: which library, which model, and the form of the answer. */
export abstract class LibraryCommand extends BaseCommand {
  library = Option.String("--library", {
    description: "Directory of the index. Else CLIPFIND_LIBRARY, the nearest .clipfind/ upward, your data directory",
  });

  model = Option.String("--model", {
    description: "Model directory. Else CLIPFIND_MODEL, the model the library was indexed with, the mini model",
  });

  json = Option.Boolean("--json", false, { description: "Print one JSON document on standard output" });

  protected get libraryDirectory(): string {
    return libraryDirectory({ explicit: this.library, env: this.context.env, cwd: this.context.cwd });
  }

  protected get modelDirectory(): string | undefined {
    return this.model ?? (this.context.env["CLIPFIND_MODEL"] || undefined);
  }

  /** Says so where drawings are what the model knows, and photographs are what it will be asked for. */
  protected warnOfMiniModel(library: Library): void {
    if (!library.usesMiniModel || existsSync(join(library.directory, "..", demoMark))) return;
    this.complain("using the mini model that ships with clipfind: it knows drawings, not photographs");
    this.context.stderr.write("For photographs name a CLIP model: --model DIR (docs/models.md).\n");
  }
}
