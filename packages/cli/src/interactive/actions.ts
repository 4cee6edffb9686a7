import { open as openFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Hit } from "@clipfind/core";
import { hitPaths } from "../output/hit-paths.ts";
import { plural } from "../output/plural.ts";
import { shownName } from "../output/shown-name.ts";
import { shownPath } from "../output/shown-path.ts";
import type { Effect, Event } from "./events.ts";
import type { Screen } from "./screen.ts";

type Action = Extract<Effect, { readonly type: "copy" | "open" | "write" }>;

/** Does with photos what keys ask for, and tells what came of it. */
export class Actions {
  readonly #cwd: string;
  readonly #screen: Screen;
  readonly #happen: (event: Event) => void;

  constructor({ cwd }: { readonly cwd: string }, screen: Screen, happen: (event: Event) => void) {
    this.#cwd = cwd;
    this.#screen = screen;
    this.#happen = happen;
  }

  async act(action: Action): Promise<void> {
    try {
      if (action.type === "open") await this.#open(action.hit);
      else if (action.type === "copy") this.#copy(action.hit);
      else await this.#write(action.file, action.hits);
    } catch (error) {
      this.#tell("error", error instanceof Error ? error.message : String(error));
    }
  }

  /** With the program that the system has for such files. */
  async #open({ pathBytes }: Hit): Promise<void> {
    const { openPhoto } = await import("../deliver/open-photo.ts");
    const child = await openPhoto(pathBytes);
    const path = shownPath(pathBytes);
    child.once("error", (error) => this.#tell("error", `cannot open ${path}: ${error.message}`));
    child.once("exit", (code) => {
      if (code !== 0 && code !== null) this.#tell("error", `cannot open ${path}: the system has no program for it`);
    });
    this.#tell("note", `opening ${shownName(pathBytes)}`);
  }

  /** By the terminal (OSC 52, xterm's "Manipulate Selection Data"): over ssh, too. Some terminals do not, and none says so. */
  #copy({ pathBytes }: Hit): void {
    this.#screen.write(`\u001b]52;c;${pathBytes.toString("base64")}\u0007`);
    this.#tell("note", `copied, if the terminal allows it: ${shownPath(pathBytes)}`);
  }

  /** Into a new file, a path a line. */
  async #write(name: string, hits: readonly Hit[]): Promise<void> {
    const file = resolve(this.#cwd, name);
    try {
      await using target = await openFile(file, "wx");
      await target.writeFile(hitPaths(hits, this.#cwd, "\n"));
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      const reason = code === "EEXIST" ? "it exists already" : error instanceof Error ? error.message : String(error);
      throw new Error(`cannot write ${file}: ${reason}`, { cause: error });
    }
    this.#tell("note", `${plural(hits.length, "path")} written to ${file}`);
  }

  #tell(kind: "error" | "note", text: string): void {
    this.#happen({ type: "told", message: { kind, text } });
  }
}
