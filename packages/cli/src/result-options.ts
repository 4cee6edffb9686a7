import { Option, UsageError } from "clipanion";
import * as t from "typanion";
import { atLeastOne } from "./at-least-one.ts";
import { LibraryCommand } from "./library-command.ts";
import { hyperlinkChoices } from "./output/hyperlink.ts";

/** The options by which the commands that find photos say how many, in which form, and where to put them. */
export abstract class ResultOptions extends LibraryCommand {
  limit = Option.String("-n,--limit", {
    description: "Most photos to print (default 10; on a terminal the strong ones, 5 to 20)",
    validator: atLeastOne,
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

  /** Refuses options that exclude one another. @throws UsageError */
  protected assertOneForm(): void {
    const forms = {
      "--json": this.json,
      "--jsonl": this.jsonl,
      "--files": this.files,
      "--print0": this.print0,
      "--csv": this.csv,
      "--format": this.format !== undefined,
      "--html": this.html !== undefined,
    };
    const chosen = Object.entries(forms).flatMap(([name, isChosen]) => (isChosen ? [name] : []));
    if (chosen.length > 1) throw new UsageError(`Expected one form of output, found ${chosen.join(" and ")}`);
    const isPlaced = this.copyTo !== undefined || this.linkTo !== undefined;
    if (this.copyTo !== undefined && this.linkTo !== undefined) {
      throw new UsageError("Expected --copy-to or --link-to, found both");
    }
    if (this.numbered && !isPlaced) throw new UsageError("Expected --copy-to or --link-to with --numbered");
    if (this.html === "-" && this.open) throw new UsageError("Expected a file to --open, found --html -");
  }
}
