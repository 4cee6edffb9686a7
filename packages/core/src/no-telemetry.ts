import { isMainThread } from "node:worker_threads";

// onnxruntime 1.29 and later keep a device id in the user's cache directory and send data on models and sessions to
// their maker, unless this variable stands in the environment of the process when the library is first loaded (pull
// request 27379 of microsoft/onnxruntime; docs/decisions/0004). What people have on their photos is nobody's business:
// imported first of all, for this effect alone.
const variable = "ORT_DISABLE_TELEMETRY";
if (process.env[variable] !== "1" && !isMainThread) {
  // A worker's process.env is a copy that native code does not see.
  process.emitWarning(
    `@clipfind/core was first loaded in a worker thread, from where it cannot switch off onnxruntime's telemetry. ` +
      `Import it in the main thread as well, or start the process with ${variable}=1.`,
    { code: "CLIPFIND_TELEMETRY" },
  );
}
process.env[variable] = "1";
