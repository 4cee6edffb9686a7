type Sharp = typeof import("sharp").default;

let loading: Promise<Sharp> | undefined;

/**
 * Loads sharp when the first picture needs it (50 ms, so never for a text query) and sets it up for one decoder per
 * encoder thread: libvips' own threads would fight with the encoders over the cores, and its cache of operations never
 * hits, as no file is read twice. Both settings hold for the whole process.
 */
export function loadSharp(): Promise<Sharp> {
  loading ??= import("sharp").then(({ default: sharp }) => {
    sharp.cache(false);
    sharp.concurrency(1);
    return sharp;
  });
  return loading;
}
