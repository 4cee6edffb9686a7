/**
 * Address of a worker's entry file beside the calling module. `new URL("./x.ts", import.meta.url)` would name a file
 * that does not exist after the build, because tsc rewrites imports only; so the extension is that of the caller:
 * `.ts` when running from src/, `.js` when running from dist/.
 *
 * @param caller - the caller's `import.meta.url`
 * @param name - file name without extension, such as "text-worker"
 */
export function workerUrl(caller: string, name: string): URL {
  const extension = /\.ts(?:$|\?)/.test(caller) ? "ts" : "js";
  return new URL(`./${name}.${extension}`, caller);
}
