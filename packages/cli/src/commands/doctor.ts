import { ClipfindError } from "@clipfind/core/errors";
import { Command } from "clipanion";
import { LibraryCommand } from "../library-command.ts";
import { exitCode } from "../exit-code.ts";
import { diagnosisLines } from "../output/diagnosis-lines.ts";

/** `clipfind doctor`: is all well, and what can be done where it is not? */
export class DoctorCommand extends LibraryCommand {
  static override paths = [["doctor"]];

  static override usage = Command.Usage({
    category: "Upkeep",
    description: "find out what is wrong, and what to do about it",
    details: `
      Shows versions, limits of the machine, devices and what was measured on them, models, and the library; and for each
      problem what to do. Reads every model whole, a second per gigabyte; of the vectors it reads what opening them takes,
      \`clipfind verify\` reads the rest. Changes nothing and uses no network; works where the library, a model or a part of
      clipfind is damaged or absent.

      Nothing is shown of photos but how many there are; paths are. docs/troubleshooting.md says more.

      Exit codes: 0 all is well, 1 problems were found, 2 wrong usage or failure.
    `,
    examples: [
      ["Is all well?", "$0 doctor"],
      ["For a report of an error", "$0 doctor --json"],
    ],
  });

  override async run(): Promise<number> {
    const { diagnose } = await import("@clipfind/core/doctor");
    const { env, cwd, signal } = this.context;
    const version = this.cli.binaryVersion ?? "unknown";
    const place = { explicit: this.library, fallback: this.libraryOfSettings, env, cwd };
    const set = this.context.settings.values.get("device");
    const device = set && { wished: String(set.value), from: set.from };
    const request = { ...place, model: this.model, device, signal, version };
    const diagnosis = await diagnose(request).catch((cause: unknown) => {
      throw signal.aborted ? new ClipfindError("ABORTED", "Stopped", { cause }) : cause;
    });
    if (this.json) this.print(JSON.stringify({ version: 1, ...diagnosis }, null, 2));
    else for (const line of diagnosisLines(diagnosis)) this.print(line);
    const isWell = diagnosis.findings.every(({ severity }) => severity === "note");
    return isWell ? exitCode.ok : exitCode.partial;
  }
}
