import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directory as pictures } from "@clipfind/demo-photos";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clipfind } from "../support/clipfind.ts";
import { type TerminalOptions, TerminalRun, typedCommand } from "../support/terminal.ts";

const names = ["DSC_1011", "DSC_1014", "DSC_1017", "DSC_1020", "DSC_1041"];
const keysLine = "Enter open  Tab mark  ^S similar  ^Y copy  ^E export  ^T preview  Esc quit";
const [down, esc] = ["\u001b[B", "\u001b"];

const has = (program: string): boolean => spawnSync(program, ["-V"]).error === undefined;
/** For the title of a test that is skipped. */
const missing = (program: string): string => (has(program) ? "" : ` (skipped: there is no ${program})`);

describe.skipIf(process.platform === "win32")("clipfind in a terminal", () => {
  let base = "";
  beforeAll(async () => {
    base = realpathSync(mkdtempSync(join(tmpdir(), "clipfind-terminal-")));
    mkdirSync(join(base, "photos"));
    for (const name of names) {
      copyFileSync(join(pictures, "first/camera/100_0412", `${name}.jpg`), join(base, "photos", `${name}.jpg`));
    }
    expect((await clipfind(["index", "photos", "--library", join(base, "library")], { cwd: base })).code).toBe(0);
  });
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  const start = (
    args: readonly string[] = [],
    { env = {}, ...options }: Omit<TerminalOptions, "cwd"> = {},
  ): TerminalRun =>
    new TerminalRun(args, {
      cwd: base,
      env: { CLIPFIND_LIBRARY: join(base, "library"), CLIPFIND_PREVIEW: "off", HOME: base, ...env },
      ...options,
    });
  /** Hits as the shell's command prints them. */
  const known = new Map<string, Promise<string[]>>();
  const expected = (...query: readonly string[]): Promise<string[]> => {
    const ask = async (): Promise<string[]> => {
      const { stdout } = await clipfind(query, { cwd: base, env: { CLIPFIND_LIBRARY: join(base, "library") } });
      return stdout.trimEnd().split("\n");
    };
    const key = query.join("\0");
    if (!known.has(key)) known.set(key, ask());
    return known.get(key)!;
  };
  const ready = async (run: TerminalRun): Promise<void> => run.until((screen) => run.isAlternate && screen[0] === ">");
  const searched = (run: TerminalRun, about = "5 photos"): Promise<void> =>
    run.until((screen) => screen.at(-2)?.startsWith(about) === true);

  /** Types a query and waits for its answer, not for one to the half of it. */
  const ask = async (run: TerminalRun, query: string): Promise<void> => {
    run.type(query);
    await run.until((screen) => screen[0] === `> ${query}` && screen.at(-2)?.startsWith("5 photos") === true);
  };

  test("finds what the command finds, as one types; Escape leaves the terminal as it was", async () => {
    const run = start([], { rows: 10 });
    await ready(run);
    expect([run.isAlternate, run.marksPastes]).toEqual([true, true]);
    await ask(run, "a red car");
    const lines = (await expected("a", "red", "car")).map((line, index) => `${index === 0 ? ">" : " "} ${line}`);
    expect(run.screen).toEqual(["> a red car", ...lines, "", "", "5 photos", keysLine]);
    expect(run.cursor).toEqual({ row: 0, column: 11 });
    run.type(esc);
    expect(await run.ended).toEqual({ code: 0, signal: 0 });
    expect([run.isAlternate, run.marksPastes]).toEqual([false, false]);
    expect(run.screen.join(" ")).toMatch(/^clipfind: using the mini model .*\(docs\/models\.md\)\.$/);
  });

  test("marks, exports into a new file, never over one that is there, and prints the paths on leaving", async () => {
    const run = start([], { rows: 10 });
    await ready(run);
    await ask(run, "a red car");
    const [first = "", second = "", third = ""] = await expected("-l", "a", "red", "car");
    run.type(`\t\t\t`);
    await searched(run, "5 photos, 3 marked");
    run.type("\u001b[Z");
    await searched(run, "5 photos, 4 marked");
    run.type("\u001b[B\t");
    await searched(run, "5 photos, 3 marked");
    run.type("\u0005list.txt\r");
    await run.until((screen) => screen.at(-2) === `3 paths written to ${join(base, "list.txt")}`.slice(0, 80));
    expect(readFileSync(join(base, "list.txt"), "utf8")).toBe(`${first}\n${second}\n${third}\n`);
    run.type("\u0005list.txt\r");
    await run.until((screen) => screen.at(-2)?.startsWith("cannot write ") === true);
    expect(readFileSync(join(base, "list.txt"), "utf8")).toBe(`${first}\n${second}\n${third}\n`);
    run.type("\u0005\r");
    expect(await run.ended).toEqual({ code: 0, signal: 0 });
    expect(run.screen.slice(-3)).toEqual([first, second, third]);
  });

  test("an error of the query is told, and is gone when it is mended", async () => {
    const run = start([], { rows: 10 });
    await ready(run);
    run.type("car in:");
    await run.until((screen) => screen.at(-2)?.startsWith("Expected ") === true);
    run.type("photos");
    await searched(run);
    expect(run.screen[0]).toBe("> car in:photos");
    run.type("\u0003");
    expect(await run.ended).toEqual({ code: 130, signal: 0 });
    expect(run.isAlternate).toBe(false);
  });

  test("pasted lines are one query; Ctrl-S finds what looks like a photo, which is not among them", async () => {
    const run = start([], { rows: 10 });
    await ready(run);
    run.type(`${esc}[200~a red\ncar${esc}[201~`);
    await searched(run);
    expect(run.screen[0]).toBe("> a red car");
    const [first = ""] = await expected("-l", "a", "red", "car");
    run.type("\u0013");
    await searched(run, "4 photos");
    const similar = await expected("similar", first);
    expect(run.screen.slice(1, 6)).toEqual([...similar.map((line, index) => `${index === 0 ? ">" : " "} ${line}`), ""]);
    expect(run.screen[0]).toMatch(/^like .* >$|^…/);
    run.type("\u0010");
    await searched(run, "5 photos");
    expect(run.screen[0]).toBe("> a red car");
    run.type(esc);
    await run.ended;
  });

  test("Ctrl-Y copies the path by the terminal", async () => {
    const run = start([], { rows: 10 });
    await ready(run);
    await ask(run, "a red car");
    const [first = ""] = await expected("-l", "a", "red", "car");
    run.type("\u0019");
    await run.until((screen) => screen.at(-2)?.startsWith("copied, if the terminal allows it: ") === true);
    expect(run.output).toContain(`${esc}]52;c;${Buffer.from(join(base, first)).toString("base64")}\u0007`);
    run.type(esc);
    await run.ended;
  });

  test.skipIf(process.platform !== "linux")("Enter opens the photo with the system's program", async () => {
    const opened = join(base, "opened.txt");
    writeFileSync(
      join(base, "viewer"),
      `#!/bin/sh\nprintf %s "$1" >'${opened}.new' && mv '${opened}.new' '${opened}'\n`,
    );
    chmodSync(join(base, "viewer"), 0o755);
    const run = start([], { rows: 10, env: { BROWSER: join(base, "viewer"), XDG_CURRENT_DESKTOP: "X-Generic" } });
    await ready(run);
    await ask(run, "a red car");
    const [first = ""] = await expected("-l", "a", "red", "car");
    run.type("\r");
    await run.until((screen) => screen.at(-2)?.startsWith("opening ") === true);
    while (!existsSync(opened)) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(readFileSync(opened, "utf8")).toContain(first);
    run.type(esc);
    await run.ended;
  });

  test("a screen that changes its size is drawn anew, down to a few characters", async () => {
    const run = start([], { rows: 10 });
    await ready(run);
    await ask(run, "a red car");
    run.resize(24, 5);
    const lines = (await expected("a", "red", "car")).map((line, index) => `${index === 0 ? ">" : " "} ${line}`);
    await run.until((screen) => screen.length === 5 && screen[4]!.startsWith("Enter open"));
    expect(run.screen).toEqual([
      "> a red car",
      ...lines.slice(0, 2).map((line) => `${line.slice(0, 10)}…${line.slice(-13)}`),
      "5 photos",
      "Enter open  Tab mark  ^…",
    ]);
    run.resize(3, 1);
    await run.until((screen) => screen.length === 1);
    run.resize(80, 10);
    await run.until((screen) => screen.at(-1) === keysLine);
    expect(run.screen).toEqual(["> a red car", ...lines, "", "", "5 photos", keysLine]);
    run.type(esc);
    await run.ended;
  });

  test("a picture is beside the list, goes with the selection, and a photo that is gone is told in its place", async () => {
    const run = start(["--preview=blocks"], { env: { COLORTERM: "truecolor" }, rows: 12 });
    await ready(run);
    await ask(run, "a red car");
    await run.until((screen) => screen[1]?.includes("▀") === true);
    const [first = "", gone = ""] = await expected("-l", "a", "red", "car");
    expect(run.screen[1]).toMatch(new RegExp(`^>  [\\d.-]+  ${first} +▀{18}$`));
    // Taken away after it was found.
    unlinkSync(join(base, gone));
    run.type(down);
    await run.until((screen) => screen[1]?.includes("no preview") === true);
    expect(run.screen[1]).toMatch(new RegExp(`^   [\\d.-]+  ${first} +no preview: not found$`));
    expect(run.screen.slice(2, 10).join("\n")).not.toContain("▀");
    copyFileSync(join(pictures, "first/camera/100_0412", gone.slice("photos/".length)), join(base, gone));
    run.type("\u0014");
    await run.until((screen) => !screen.join("\n").includes("no preview"));
    run.type(esc);
    await run.ended;
  });

  test("a kitty's picture is taken away before the terminal is given back", async () => {
    const run = start(["--preview=kitty"]);
    await ready(run);
    await ask(run, "a red car");
    // oxlint-disable-next-line no-control-regex -- escape sequences
    const picture = /\u001b_Ga=T,f=100,q=2,C=1,i=(\d+),[^]*m=0;[^\u001b]*\u001b\\/;
    await run.until((_, output) => picture.test(output));
    const id = picture.exec(run.output)?.[1];
    run.type(esc);
    await run.ended;
    expect(run.output).toContain(`${esc}_Ga=d,d=I,i=${id},q=2${esc}\\`);
    expect(run.output.indexOf(`a=d,d=I,i=${id}`)).toBeLessThan(run.output.lastIndexOf("?1049l"));
  });

  test("a defect of its own gives the terminal back first, so that it can be read", async () => {
    const defect = join(base, "defect.mjs");
    writeFileSync(defect, 'process.on("SIGUSR2", () => { throw new Error("a defect"); });\n');
    const run = start([], { env: { NODE_OPTIONS: `--import=${defect}` } });
    await ready(run);
    process.kill(run.pid, "SIGUSR2");
    expect((await run.ended).code).not.toBe(0);
    expect([run.isAlternate, run.marksPastes]).toEqual([false, false]);
    expect(run.screen.join("\n")).toContain("Error: a defect");
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s gives the terminal back", async (signal, code) => {
    const run = start();
    await ready(run);
    process.kill(run.pid, signal);
    expect(await run.ended).toEqual({ code, signal: 0 });
    expect([run.isAlternate, run.marksPastes]).toEqual([false, false]);
  });

  test.skipIf(!has("bash"))(`Ctrl-Z gives the terminal to the shell until fg${missing("bash")}`, async () => {
    const run = start([], { rows: 10, env: { PS1: "$ " }, program: ["bash", "--norc", "-i"] });
    await run.until((screen) => screen.at(-1) === "$");
    run.type(`${typedCommand([])}\r`);
    await ready(run);
    await ask(run, "a red car");
    const before = run.screen;
    run.type("\u001a");
    await run.until((screen) => !run.isAlternate && screen.at(-1) === "$");
    expect(run.marksPastes).toBe(true); // The shell's own.
    run.type("echo from $0; stty -a | grep -o -- '-*icanon'\r");
    await run.until((screen) => screen.includes("from bash") && screen.at(-1) === "$");
    expect(run.screen.at(-2)).toBe("-icanon".slice(1));
    run.type("fg\r");
    await run.until((screen) => run.isAlternate && screen.at(-1) === keysLine);
    expect(run.screen).toEqual(before);
    run.type("s");
    await run.until((screen) => screen[0] === "> a red cars");
    await searched(run);
    run.type(esc);
    await run.until((screen) => !run.isAlternate && screen.at(-1) === "$");
    run.type("exit\r");
    expect(await run.ended).toEqual({ code: 0, signal: 0 });
  });

  test("Ctrl-Z where nobody would let it go on: it goes on at once", async () => {
    const run = start([], { rows: 10 });
    await ready(run);
    await ask(run, "a red car");
    const before = run.screen;
    run.type("\u001a");
    await run.until((screen, output) => output.split("?1049h").length > 2 && screen.at(-1) === keysLine);
    expect(run.output).toContain("?1049l");
    expect(run.screen).toEqual(before);
    run.type(esc);
    expect(await run.ended).toEqual({ code: 0, signal: 0 });
  });

  test.skipIf(!has("tmux"))(`tmux hands pictures through to the terminal${missing("tmux")}`, async () => {
    writeFileSync(join(base, "tmux.conf"), "set -g allow-passthrough on\nset -g status off\n");
    const shown = async (env: Record<string, string>): Promise<{ output: string; screen: string[] }> => {
      // A socket of its own: the server of the run before may be about to end.
      const socket = join(base, `tmux-${Object.keys(env).join("-")}`);
      const program = ["tmux", "-S", socket, "-f", join(base, "tmux.conf"), "new-session"] as const;
      const command = `${typedCommand(["-n", "1", "a", "red", "car", "--preview"])}; read -r line`;
      const run = start([], { env: { LANG: "C.UTF-8", CLIPFIND_PREVIEW: "", ...env }, program: [...program, command] });
      await run.until((screen) => screen.some((line) => line.startsWith("1 photo")));
      const { output, screen } = run;
      run.type("\r");
      await run.ended;
      return { output, screen };
    };
    const kitty = await shown({ KITTY_WINDOW_ID: "1" });
    const columns = new RegExp(`${esc}_Ga=T,f=100,q=2,U=1,i=\\d+,c=(\\d+),r=12,m=1;`).exec(kitty.output)?.[1];
    // tmux may draw a line twice; on the screen it is once.
    const cells = kitty.screen.map((line) => line.match(/\u{10eeee}/gu)?.length ?? 0);
    expect(cells.filter((count) => count > 0)).toEqual(Array(12).fill(Number(columns)));
    const iterm = await shown({ LC_TERMINAL: "iTerm2" });
    const keys = "1337;File=inline=1;size=(\\d+);width=\\d+;height=12;preserveAspectRatio=1";
    const file = new RegExp(`${esc}]${keys}:([\\w+/=]+)\u0007`).exec(iterm.output);
    expect(Buffer.from(file?.[2] ?? "", "base64")).toHaveLength(Number(file?.[1]));
    for (const { output } of [kitty, iterm]) expect(output).not.toContain("Ptmux;");
  });

  test("--preview shows photos below their lines, --grid beside each other with their names", async () => {
    const env = { COLORTERM: "truecolor" };
    const plain = start(["-n", "2", "a", "red", "car"], { env, rows: 40 });
    expect((await plain.ended).code).toBe(0);
    const [first = "", second = ""] = plain.scrollback.slice(-3);
    expect(first).toMatch(/^█+.? +0\.\d{3} {2}photos\/\w+\.jpg$/);
    const list = start(["-n", "2", "a", "red", "car", "--preview=blocks"], { env, rows: 40 });
    expect((await list.ended).code).toBe(0);
    const lines = list.scrollback.slice(list.scrollback.indexOf(first));
    const picture = Array<string>(12).fill(`        ${"▀".repeat(24)}`);
    expect(lines.slice(0, -1)).toEqual([first, ...picture, second, ...picture]);
    expect(lines.at(-1)).toMatch(/^2 photos.*; query encoded in \d+ ms, searched in \d+ ms$/);

    const grid = start(["a", "red", "car", "--grid", "3x2", "--preview=blocks"], { env, rows: 23 });
    expect((await grid.ended).code).toBe(0);
    const paths = (await expected("-l", "a", "red", "car")).map((path) => path.slice("photos/".length));
    const tiles = (count: number): string[] =>
      Array<string>(9).fill(Array(count).fill("▀".repeat(18).padEnd(27)).join("").trimEnd());
    const named = (some: readonly string[]): string =>
      some
        .map((name) => name.padEnd(27))
        .join("")
        .trimEnd();
    const at = grid.scrollback.findIndex((line) => line.includes("▀"));
    expect(grid.scrollback.slice(at, -1)).toEqual([
      ...tiles(3),
      named(paths.slice(0, 3)),
      "",
      ...tiles(2),
      named(paths.slice(3)),
      "",
    ]);
  });

  test("a terminal that says it has sixels gets them, as large as its characters say", async () => {
    const run = start(["-n", "1", "a", "red", "car", "--preview"], {
      env: { CLIPFIND_PREVIEW: "" },
      answers: `${esc}[6;20;10t${esc}[?62;4c`,
    });
    expect((await run.ended).code).toBe(0);
    // 12 lines of 20 pixels.
    expect(run.output).toContain(`${esc}P0;0;q"1;1;240;240`);
  });

  test("what is typed while the terminal is asked is not lost", async () => {
    const run = start([], {
      rows: 10,
      env: { CLIPFIND_PREVIEW: "" },
      answers: `a red${esc}[6;20;10t car${esc}[?62;4c`,
    });
    await searched(run);
    expect(run.screen[0]).toBe("> a red car");
    run.type(esc);
    await run.ended;
  });

  test("a dumb terminal gets the usage, and a list instead of pictures", async () => {
    const run = start([], { env: { TERM: "dumb" } });
    expect((await run.ended).code).toBe(2);
    expect(run.output).not.toContain(esc);
    expect(run.scrollback).toContain("  clipfind QUERY…");
    const list = start(["a", "red", "car", "--preview"], { env: { TERM: "dumb", CLIPFIND_PREVIEW: "" } });
    expect((await list.ended).code).toBe(0);
    expect(list.output).not.toContain(esc);
    expect(list.scrollback).toEqual(expect.arrayContaining(await expected("a", "red", "car")));
    expect(list.scrollback).toContain(
      "clipfind: this terminal shows no pictures; --preview=blocks draws with characters".slice(0, 80),
    );
  });

  test("without an index there is nothing to search, and no other screen", async () => {
    const run = start([], { env: { CLIPFIND_LIBRARY: join(base, "none") } });
    expect((await run.ended).code).toBe(2);
    expect(run.output).not.toContain("1049h");
    expect(run.screen.join(" ")).toContain("There is no library in");
  });

  test("without a terminal there is no interactive mode, and no picture in a pipe", async () => {
    const env = { CLIPFIND_LIBRARY: join(base, "library") };
    const plain = await clipfind([], { cwd: base, env });
    expect([plain.code, plain.stdout]).toEqual([2, ""]);
    expect(plain.stderr).toContain("  clipfind QUERY…\n");
    const ignored = await clipfind(["a", "red", "car", "--preview"], {
      cwd: base,
      env: { ...env, KITTY_WINDOW_ID: "1" },
    });
    expect(ignored.stdout.trimEnd().split("\n")).toEqual(await expected("a", "red", "car"));
    const gridded = await clipfind(["a", "red", "car", "--grid", "2x1"], { cwd: base, env });
    expect(gridded.stdout.trimEnd().split("\n")).toEqual(await expected("-n", "2", "a", "red", "car"));
    const refused = await clipfind(["a", "red", "car", "--preview=kitty"], { cwd: base, env });
    expect([refused.code, refused.stdout]).toEqual([2, ""]);
    expect(refused.stderr).toContain("--preview=kitty is for terminals, and standard output is none");
    const two = await clipfind(["a", "red", "car", "--grid", "2x1", "-l"], { cwd: base, env });
    expect([two.code, two.stdout]).toEqual([2, ""]);
    expect(two.stderr).toContain("Expected one form of output, found --files and --grid");
  });
});
