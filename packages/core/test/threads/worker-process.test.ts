import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { ClipfindError } from "../../src/errors.ts";
import { WorkerProcess, type WorkerProcessOptions } from "../../src/threads/worker-process.ts";
import { workerUrl } from "../../src/threads/worker-url.ts";

const url = workerUrl(import.meta.url, "process");

function start(options?: WorkerProcessOptions): WorkerProcess {
  const started = WorkerProcess.start(url, options);
  onTestFinished(() => started.close());
  return started;
}

test("answers calls, each with its own result, and hands over its data", async () => {
  const worker = start({ data: { a: [1, 2n], bytes: new Uint8Array([7]) } });
  expect(await Promise.all([1, 2, 3].map((value) => worker.call("double", value)))).toEqual([2, 4, 6]);
  expect(await worker.call("data")).toEqual({ a: [1, 2n], bytes: new Uint8Array([7]) });
  expect(worker.rss).toBeGreaterThan(10e6);
});

test("runs calls side by side: a slow one does not hold up a fast one", async () => {
  const worker = start();
  const slow = worker.call("wait", 60_000).catch((error: unknown) => error);
  expect(await worker.call("double", 4)).toBe(8);
  await worker.close();
  expect(await slow).toMatchObject({ code: "CLOSED" });
});

test("carries a ClipfindError over with code, message, hint and cause", async () => {
  const worker = start();
  const error = await worker.call("fail").catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ClipfindError);
  expect(error).toMatchObject({ code: "IMAGE_UNREADABLE", message: "no picture", hint: "look at it" });
  await expect(worker.call("nothing")).rejects.toThrow("the process has no method nothing");
  await expect(worker.call("toString")).rejects.toThrow("the process has no method toString");
  await expect(start({ data: { broken: true } }).call("double", 1)).rejects.toMatchObject({ code: "MODEL_INVALID" });
});

test.skipIf(process.platform === "win32").each([
  ["die", "SIGSEGV", "crashed (SIGSEGV)"],
  ["die", "SIGKILL", "crashed (SIGKILL)"],
  ["abort", undefined, "crashed (SIGABRT)"],
  ["exit", 3, "crashed (exit code 3)"],
])("a process that ends (%s %s) fails its calls and all later ones: %s", async (method, argument, reason) => {
  const worker = start();
  await worker.call("double", 1);
  const [under, beside] = await Promise.allSettled([worker.call(method, argument), worker.call("wait", 60_000)]);
  const lost = { status: "rejected", reason: { name: "ProcessLost", message: reason } };
  expect([under, beside]).toMatchObject([lost, lost]);
  expect(worker.isEnded).toBe(true);
  await expect(worker.call("double", 1)).rejects.toThrow(reason);
});

test("a process that hangs is ended after the call's timeout", async () => {
  const worker = start();
  const pid = await worker.call<number>("pid");
  await expect(worker.call("spin", undefined, 300)).rejects.toMatchObject({
    name: "ProcessLost",
    message: "took longer than 0.3 s",
  });
  await worker.close();
  expect(isRunning(pid)).toBe(false);
});

test("a process that takes more memory than it may is ended", async () => {
  const worker = start({ maximumRss: 200e6 });
  await expect(worker.call("hoard", 1e9)).rejects.toMatchObject({
    name: "ProcessLost",
    message: "needed more than 200 MB of memory",
  });
});

test.skipIf(process.platform === "win32")("Ctrl-C and SIGTERM are left to the parent", async () => {
  const worker = start();
  const pid = await worker.call<number>("pid");
  process.kill(pid, "SIGINT");
  process.kill(pid, "SIGTERM");
  await setTimeout(100);
  expect(await worker.call("double", 2)).toBe(4);
});

test("when the parent is killed, its process ends too", async () => {
  const program = `
    import { WorkerProcess } from ${JSON.stringify(new URL("../../src/threads/worker-process.ts", import.meta.url).href)};
    const worker = WorkerProcess.start(new URL(${JSON.stringify(url.href)}));
    console.log(await worker.call("pid"));
    await worker.call("wait", 600_000);`;
  const parent = spawn(process.execPath, ["--conditions=dev", "--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void parent.kill("SIGKILL"));
  const [line] = (await once(parent.stdout.setEncoding("utf8"), "data")) as [string];
  const pid = Number(line);
  expect(isRunning(pid)).toBe(true);
  parent.kill("SIGKILL");
  await once(parent, "exit");
  await expect.poll(() => isRunning(pid), { timeout: 20_000 }).toBe(false);
});

test.each([
  ["keeps its parent alive only while a call is under way", 'console.log(await worker.call("double", 21));', "42\n"],
  [
    "closed, leaves nothing behind that keeps its parent alive",
    'await worker.call("double", 21); await worker.close(); console.log(process.getActiveResourcesInfo().includes("Timeout"));',
    "false\n",
  ],
])("%s", async (_, steps, expected) => {
  const program = `
    import { WorkerProcess } from ${JSON.stringify(new URL("../../src/threads/worker-process.ts", import.meta.url).href)};
    const worker = WorkerProcess.start(new URL(${JSON.stringify(url.href)}));
    ${steps}`;
  const parent = spawn(process.execPath, ["--conditions=dev", "--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  parent.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  expect(await once(parent, "exit")).toEqual([0, null]);
  expect(printed).toBe(expected);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
