import { basename, dirname, resolve } from "node:path";
import { Command, Option } from "clipanion";
import { exitCode } from "../../exit-code.ts";
import { LibraryCommand } from "../../library-command.ts";
import { plural } from "../../output/plural.ts";
import { printable } from "../../output/printable.ts";

/** `clipfind library move DIR`: puts the index elsewhere, or says where photos are now. */
export class MoveCommand extends LibraryCommand {
  static override paths = [["library", "move"]];

  static override usage = Command.Usage({
    category: "Library",
    description: "move the index to another directory, or say where a folder of photos is now",
    details: `
      Moves the index to DIR, which must not be there. It is made whole there, checked, and only then removed here: at any
      time it is whole in one of the places. On the same disk that takes no room; shards on other disks stay where they
      are. What else lies in the old directory, such as models, stays there. The new place has to be told afterwards, by
      --library, CLIPFIND_LIBRARY or \`clipfind config set library\`; a DIR named .clipfind is found in its folder.

      With --root OLD nothing is moved: DIR is where the photos of OLD, a folder that was indexed, are now. Searches find
      them there at once; the next index run looks whether they are the same, and encodes nothing. Without it
      \`clipfind index DIR\` does that as well, and OLD stays in the index as a folder that is not there.

      Exit codes: 0 done, 2 wrong usage or failure, 130 stopped by Ctrl-C; the index is where it was then.
    `,
    examples: [
      ["Onto a faster disk", "$0 library move /media/fast/clipfind"],
      ["Let it travel with its photos", "$0 library move ~/Pictures/.clipfind"],
      ["The photos are mounted elsewhere now", "$0 library move --root /media/old/photos /mnt/nas/photos"],
    ],
  });

  root = Option.String("--root", { description: "A folder of photos that is DIR now" });

  directory = Option.String({ name: "DIR" });

  override async run(): Promise<number> {
    const target = resolve(this.context.cwd, this.directory);
    return this.root === undefined ? this.#moveLibrary(target) : this.#moveFolder(this.root, target);
  }

  async #moveLibrary(target: string): Promise<number> {
    const { signal } = this.context;
    const from = await this.libraryPlace();
    const { Library } = await import("@clipfind/core");
    const { CountDisplay } = await import("../../output/count-display.ts");
    const display = new CountDisplay(this.barStream, "moving (bytes)");
    try {
      const onProgress = (bytes: number, of: number): void => display.update(bytes, of);
      const moved = await Library.move(from, target, { onProgress, signal });
      display.stop();
      if (this.json) this.print(JSON.stringify({ version: 1, ...moved }, null, 2));
      else this.print(printable(moved.to));
      if (moved.left.length > 0) {
        this.tell(`Left in ${printable(moved.from)}: ${moved.left.map(printable).join(", ")}`);
      }
      this.tell(this.#advice(moved.to));
      return exitCode.ok;
    } finally {
      display.stop();
    }
  }

  #advice(to: string): string {
    const place = printable(to);
    if (basename(to) === ".clipfind") return `It is found in ${printable(dirname(to))} and below.`;
    if (this.context.env["CLIPFIND_LIBRARY"]) return `Set CLIPFIND_LIBRARY to ${place} from now on.`;
    return `Use it from now on: \`clipfind config set library ${place}\`, CLIPFIND_LIBRARY or --library.`;
  }

  async #moveFolder(root: string, target: string): Promise<number> {
    await using library = await this.openLibrary({ mustExist: true });
    const moved = await library.moveFolder(resolve(this.context.cwd, root), target);
    if (this.json) {
      this.print(JSON.stringify({ version: 1, library: library.directory, ...moved }, null, 2));
    } else {
      this.print(`${plural(moved.files, "photo")}: ${printable(moved.from)} is ${printable(moved.to)} now`);
      this.tell("`clipfind index` looks whether they are the same; it encodes none that is.");
    }
    return exitCode.ok;
  }
}
