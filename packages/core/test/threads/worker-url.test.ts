import { expect, test } from "vitest";
import { workerUrl } from "../../src/threads/worker-url.ts";

test("names the source beside a source and the built file beside a built one", () => {
  expect(workerUrl("file:///a/src/x.ts", "text-worker").href).toBe("file:///a/src/text-worker.ts");
  expect(workerUrl("file:///a/src/x.ts?v=1", "text-worker").href).toBe("file:///a/src/text-worker.ts");
  expect(workerUrl("file:///a.ts/dist/x.js", "text-worker").href).toBe("file:///a.ts/dist/text-worker.js");
});
