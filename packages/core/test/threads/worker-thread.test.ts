import { spawnSync } from "node:child_process";
import { expect, onTestFinished, test } from "vitest";
import { ClipfindError } from "../../src/errors.ts";
import { WorkerThread } from "../../src/threads/worker-thread.ts";
import { workerUrl } from "../../src/threads/worker-url.ts";

function start(data?: unknown, signal?: AbortSignal): WorkerThread {
  const url = workerUrl(import.meta.url, "worker");
  const thread = WorkerThread.start(url, { name: "test", data, ...(signal && { signal }) });
  onTestFinished(() => thread.close());
  return thread;
}

test("answers calls in order, each with its own result", async () => {
  const thread = start();
  expect(await Promise.all([1, 2, 3].map((value) => thread.call("double", value)))).toEqual([2, 4, 6]);
});

test("hands its data to the worker", async () => {
  expect(await start({ a: [1, 2] }).call("data")).toEqual({ a: [1, 2] });
});

test("carries a ClipfindError over with code, message, hint and cause", async () => {
  const error = await start()
    .call("fail")
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ClipfindError);
  expect(error).toMatchObject({ code: "IMAGE_UNREADABLE", message: "no picture", hint: "look at it" });
  expect((error as Error).cause).toMatchObject({ message: "Error: deep" });
  expect((error as Error).stack).toContain("worker.ts");
});

test("carries other errors over as errors, and goes on after them", async () => {
  const thread = start();
  await expect(thread.call("failPlainly")).rejects.toThrow("plain");
  await expect(thread.call("uncloneable")).rejects.toThrow(/could not be cloned/);
  await expect(thread.call("double", () => undefined)).rejects.toThrow(/could not be cloned/);
  await expect(thread.call("nothing")).rejects.toThrow("the worker has no method nothing");
  await expect(thread.call("close")).rejects.toThrow("the worker has no method close");
  await expect(thread.call("toString")).rejects.toThrow("the worker has no method toString");
  expect(await thread.call("double", 4)).toBe(8);
});

test("reports a failed start to every call", async () => {
  const thread = start({ broken: true });
  await expect(thread.call("double", 1)).rejects.toMatchObject({ code: "MODEL_INVALID", hint: "mend it" });
  await expect(thread.call("double", 2)).rejects.toMatchObject({ code: "MODEL_INVALID" });
});

test.each(["exit", "crash"])("fails the calls under way and all later ones when the thread dies (%s)", async (how) => {
  const thread = start();
  const calls = [thread.call(how), thread.call("double", 1)];
  const outcomes = await Promise.allSettled(calls);
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "MODEL_FAILED" } });
  }
  await expect(thread.call("double", 1)).rejects.toMatchObject({ code: "MODEL_FAILED" });
});

test("fails calls when the worker's file is missing", async () => {
  const url = workerUrl(import.meta.url, "no-such-worker");
  const thread = WorkerThread.start(url, { name: "missing" });
  await expect(thread.call("double", 1)).rejects.toMatchObject({ code: "MODEL_FAILED" });
  await thread.close();
});

test("close() fails the calls under way, lets the worker clean up and can be repeated", async () => {
  const closed = new SharedArrayBuffer(4);
  const thread = start({ closed });
  const call = thread.call("wait", 50);
  const [outcome] = await Promise.allSettled([call, thread.close(), thread.close()]);
  expect(outcome).toMatchObject({ status: "rejected", reason: { code: "CLOSED" } });
  await thread.close();
  expect(new Int32Array(closed)[0]).toBe(1);
  await expect(thread.call("double", 1)).rejects.toMatchObject({ code: "CLOSED" });
});

test("a signal stops the thread at once", async () => {
  const controller = new AbortController();
  const thread = start(undefined, controller.signal);
  const call = thread.call("wait", 60_000);
  controller.abort();
  await expect(call).rejects.toMatchObject({ code: "ABORTED" });
  await thread.close();
  expect(() => start(undefined, controller.signal)).toThrow(expect.objectContaining({ code: "ABORTED" }));
});

test("moves buffers there and back", async () => {
  const sent = new Uint8Array([1, 2, 3]);
  const received = await start().call<Uint8Array>("move", sent, [sent.buffer]);
  expect(sent.length).toBe(0);
  expect([...received]).toEqual([1, 2, 3]);
});

test("does not keep the process alive once its calls are answered", () => {
  const module = new URL("../../src/threads/worker-thread.ts", import.meta.url).href;
  const worker = workerUrl(import.meta.url, "worker").href;
  const script = `
    const { WorkerThread } = await import(${JSON.stringify(module)});
    const thread = WorkerThread.start(new URL(${JSON.stringify(worker)}), { name: "left open" });
    console.log(await thread.call("double", 21));`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8", timeout: 20_000 });
  expect(run).toMatchObject({ status: 0, stdout: "42\n" });
});
