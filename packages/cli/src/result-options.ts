import { Option, UsageError } from "clipanion";
import * as t from "typanion";
import { atLeastOne } from "./at-least-one.ts";
import { isTerminal } from "./context.ts";
import { defaultLimit } from "./display-limit.ts";
import { LibraryCommand } from "./library-command.ts";
import { hyperlinkChoices } from "./output/hyperlink.ts";
import { chosenProtocol } from "./preview/chosen-protocol.ts";
import { type GridSize, readGridSize } from "./preview/grid-layout.ts";

/** The options by which the commands that find photos say how many, in which form, and where to put them. */
export abstract class ResultOptions extends LibraryCommand {
  limit = Option.String("-n,--limit", {
    description: "Most photos to print (default 10, or what a --grid holds; on a terminal the strong ones, 5 to 20)",
    validator: atLeastOne,
  });

  index = Option.Boolean("--index", {
    description: "First index what is new, and the folder you are in if it never was; --no-index: neither look nor ask",
  });

  jsonl = Option.Boolean("--jsonl", false, { description: "Print one JSON object per photo, a line each" });

  files = Option.Boolean("-l,--files", false, { description: "Print paths only, a line each" });

  print0 = Option.Boolean("-0,--print0", false, {
    description: "Print paths only, with a zero byte behind each, for xargs -0: right for any name",
  });

  csv = Option.Boolean("--csv", false, { description: "Print CSV with a header" });

  format = Option.String("--format", {
    description: "Print each photo as the template says, such as '{rank}\\t{path}'; fields in docs/output.md",
  });

  html = Option.String("--html", {
    description: "Write a page with thumbnails to FILE, which needs nothing else; - is standard output",
  });

  preview = Option.String("--preview", false, {
    tolerateBoolean: true,
    description:
      "Show each photo below its line, on a terminal: =kitty, =iterm, =sixel or =blocks; else CLIPFIND_PREVIEW, what is set, or as detected",
  });

  grid = Option.String("--grid", {
    description: "Show the photos in a grid, C x R on a screen, with their names below (4x3)",
  });

  open = Option.Boolean("--open", false, {
    description: "Open the photos, or the page of --html, with the system's viewer",
  });

  yes = Option.Boolean("-y,--yes", false, { description: "Open as many as there are without asking" });

  copyTo = Option.String("--copy-to", {
    description: "Copy the photos into DIR; what is there is never overwritten",
  });

  linkTo = Option.String("--link-to", { description: "Put symbolic links to the photos into DIR" });

  numbered = Option.Boolean("--numbered", false, {
    description: "With --copy-to and --link-to: put the rank in front of the names",
  });

  hyperlink = Option.String("--hyperlink", "auto", {
    description:
      "Make paths links on a terminal: always, never, or auto, where it is known to show them (default auto)",
    validator: t.isEnum(hyperlinkChoices),
  });

  /** The forms of output that were asked for, by their options. */
  protected get forms(): readonly string[] {
    const forms = {
      "--json": this.json,
      "--jsonl": this.jsonl,
      "--files": this.files,
      "--print0": this.print0,
      "--csv": this.csv,
      "--format": this.format !== undefined,
      "--html": this.html !== undefined,
      // With a grid it says by which protocol.
      "--preview": this.preview !== false && this.grid === undefined,
      "--grid": this.grid !== undefined,
    };
    return Object.entries(forms).flatMap(([name, isChosen]) => (isChosen ? [name] : []));
  }

  /** The grid that was asked for. */
  protected get gridSize(): GridSize | undefined {
    return this.grid === undefined ? undefined : readGridSize(this.grid);
  }

  /** Most photos to find, where no terminal decides. */
  protected get most(): number {
    const { limit, gridSize } = this;
    return limit ?? (gridSize === undefined ? defaultLimit : gridSize.columns * gridSize.rows);
  }

  /** Refuses options that exclude one another. @throws UsageError, ClipfindError INVALID_ARGUMENT */
  protected assertOneForm(): void {
    const { forms } = this;
    if (forms.length > 1) throw new UsageError(`Expected one form of output, found ${forms.join(" and ")}`);
    const isPlaced = this.copyTo !== undefined || this.linkTo !== undefined;
    if (this.copyTo !== undefined && this.linkTo !== undefined) {
      throw new UsageError("Expected --copy-to or --link-to, found both");
    }
    if (this.numbered && !isPlaced) throw new UsageError("Expected --copy-to or --link-to with --numbered");
    if (this.html === "-" && this.open) throw new UsageError("Expected a file to --open, found --html -");
    this.#assertPreview();
  }

  /** A picture in a pipe is of use to nobody: who asks for one kind in particular learns so. */
  #assertPreview(): void {
    if (this.grid !== undefined && this.gridSize === undefined) {
      throw new UsageError(`Expected --grid to be columns x rows, such as 4x3, found ${JSON.stringify(this.grid)}`);
    }
    if (this.preview === false) return;
    const protocol = chosenProtocol(this.context, this.preview);
    if (typeof this.preview !== "string" || protocol === "auto" || protocol === "off") return;
    if (isTerminal(this.context.stdout)) return;
    throw new UsageError(`--preview=${protocol} is for terminals, and standard output is none`);
  }
}
