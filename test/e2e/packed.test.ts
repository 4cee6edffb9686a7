import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { expect, test } from "vitest";
import { clipfind } from "../support/clipfind.ts";
import { copyDrawings } from "../support/drawings.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const packages = fileURLToPath(new URL("../../packages", import.meta.url));
const pnpm = fileURLToPath(new URL("../../node_modules/pnpm/bin/pnpm.mjs", import.meta.url));

function done(command: string, args: readonly string[], cwd: string): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  expect({ status, told: `${stdout}${stderr}` }).toEqual({ status: 0, told: expect.anything() as string });
}

/**
 * Installs what would be published, without a network: each package as it is packed, and of those that it depends on
 * what is installed here, linked beside it. What a package uses, but does not declare or pack, is not there.
 * @returns the command's file
 */
function installPacked(directory: string): string {
  const scope = join(directory, "node_modules", "@clipfind");
  for (const folder of readdirSync(packages)) {
    const [source, target] = [join(packages, folder), join(scope, folder)];
    mkdirSync(join(target, "node_modules"), { recursive: true });
    const packed = join(directory, `${folder}.tgz`);
    done(process.execPath, [pnpm, "pack", "--out", packed], source);
    done("tar", ["-xzf", packed, "--strip-components=1"], target);
    const { dependencies = {} } = JSON.parse(readFileSync(join(target, "package.json"), "utf8")) as {
      dependencies?: Record<string, string>;
    };
    for (const name of Object.keys(dependencies).filter((each) => !each.startsWith("@clipfind/"))) {
      const link = join(target, "node_modules", name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(realpathSync(join(source, "node_modules", name)), link, "junction");
    }
  }
  const cli = join(scope, "cli");
  const { bin } = JSON.parse(readFileSync(join(cli, "package.json"), "utf8")) as { bin: { clipfind: string } };
  return join(cli, bin.clipfind);
}

test("what is packed for publishing has all that it needs: natives, workers, model, help, photos", async () => {
  const main = installPacked(temporaryDirectory());
  const [home, photos] = [temporaryDirectory(), temporaryDirectory()];
  copyDrawings(photos, 0, 4);
  const [drawing = ""] = readdirSync(photos);
  // One decoder in Rust, and sharp.
  await sharp(join(photos, drawing)).toColourspace("srgb").png().toFile(join(photos, "a.png"));
  const { data, info } = await sharp(join(photos, drawing)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  writeFileSync(join(photos, "b.ppm"), Buffer.concat([Buffer.from(`P6 ${info.width} ${info.height} 255\n`), data]));
  const env = { HOME: home, XDG_CONFIG_HOME: home, CLIPFIND_LIBRARY: join(home, "library") };
  const run = (...args: string[]) => clipfind(args, { cwd: photos, env, mainFile: main });
  const here = (...args: string[]) => clipfind(args, { cwd: photos, env });

  for (const args of [["--version"], ["--help"], ["index", "--help"], ["man"]]) {
    expect(await run(...args)).toEqual(await here(...args));
  }
  expect(JSON.parse((await run("index", photos, "--json")).stdout)).toMatchObject({ encoded: 6, failed: 0 });
  const found = await run("-n", "6", "a", "cat");
  expect(found).toMatchObject({ code: 0 });
  expect(found).toEqual(await here("-n", "6", "a", "cat"));
  expect(await run("similar", "a.png")).toEqual(await here("similar", "a.png"));
  expect(await run("--html", join(home, "page.html"), "a", "cat")).toMatchObject({ code: 0 });
  expect(await run("export", join(home, "export"), "--format", "parquet")).toMatchObject({ code: 0 });
  expect(await run("verify")).toMatchObject({ code: 0 });
  const { findings } = JSON.parse((await run("doctor", "--json")).stdout) as { findings: { severity: string }[] };
  expect(findings.filter(({ severity }) => severity === "problem")).toEqual([]);
  expect(await run("demo", "--directory", join(home, "demo"))).toMatchObject({ code: 0 });
}, 120_000);
