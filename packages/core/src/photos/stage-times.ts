/** CPU time an encoder spent, by what it was spent on, in milliseconds. */
export interface EncoderTimes {
  /** Starting the process and loading the model. */
  readonly start: number;
  readonly hash: number;
  /** Reading and decoding: all that runs beside JavaScript. */
  readonly decode: number;
  /** The last steps to the model's input, and talking to the parent: JavaScript that is neither hash nor model. */
  readonly preprocess: number;
  /** The image tower. */
  readonly encode: number;
}

/**
 * Divides this process's CPU time among the stages. Hash and model run on the JavaScript thread and are measured;
 * the rest of that thread is preprocessing, all other threads decode.
 */
export class StageClock {
  #hash = 0;
  #encode = 0;
  /** Until here everything is start. */
  #started = { script: 0, all: 0 };

  /** Ends the stage "start". */
  started(): void {
    this.#started = { script: scriptCpu(), all: cpuTime() };
  }

  hashing<T>(work: () => T): T {
    const before = scriptCpu();
    try {
      return work();
    } finally {
      this.#hash += scriptCpu() - before;
    }
  }

  async encoding<T>(work: () => Promise<T>): Promise<T> {
    const before = scriptCpu();
    try {
      return await work();
    } finally {
      this.#encode += scriptCpu() - before;
    }
  }

  /** What was spent so far. */
  times(): EncoderTimes {
    const script = scriptCpu() - this.#started.script;
    const [hash, encode] = [this.#hash, this.#encode];
    return {
      start: this.#started.all,
      hash,
      decode: Math.max(0, cpuTime() - this.#started.all - script),
      preprocess: Math.max(0, script - hash - encode),
      encode,
    };
  }
}

export const noTimes: EncoderTimes = { start: 0, hash: 0, decode: 0, preprocess: 0, encode: 0 };

/** All of it, in milliseconds. */
export function sumOfTimes(times: EncoderTimes): number {
  return Object.values(times).reduce((sum, time: number) => sum + time, 0);
}

/** Two spendings together. */
export function addTimes(a: EncoderTimes, b: EncoderTimes): EncoderTimes {
  return {
    start: a.start + b.start,
    hash: a.hash + b.hash,
    decode: a.decode + b.decode,
    preprocess: a.preprocess + b.preprocess,
    encode: a.encode + b.encode,
  };
}

/** CPU time of this process, all threads, in milliseconds. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** CPU time of the JavaScript thread; Node before 23.9 cannot tell it, and gives the time that passed. */
function scriptCpu(): number {
  if (typeof process.threadCpuUsage !== "function") return performance.now();
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
