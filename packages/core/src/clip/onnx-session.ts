import "../no-telemetry.ts";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { Device } from "../device.ts";
import { ClipfindError } from "../errors.ts";
import { executionProvider } from "./execution-provider.ts";

/** The declared form of one input or output of a model; `shape` has undefined where a dimension is open. */
export interface TensorForm {
  readonly name: string;
  /** Such as "float32" or "int64". */
  readonly type: string;
  readonly shape: ReadonlyArray<number | undefined>;
}

/** The data of one input and its shape. */
export interface TensorValue {
  readonly type: "float32" | "int32" | "int64" | "uint8";
  readonly data: Float32Array | Int32Array | BigInt64Array | Uint8Array;
  readonly shape: readonly number[];
}

/**
 * An ONNX model in onnxruntime, on one thread of the CPU unless another device is named. One session per core with
 * batch 1 is the fastest use of a CPU, and makes a vector independent of its neighbours in a batch. A run blocks the
 * JavaScript thread it is made on.
 */
export class OnnxSession {
  /** Path of the model file, for messages. */
  readonly path: string;
  readonly inputs: readonly TensorForm[];
  readonly outputs: readonly TensorForm[];
  readonly #device: Device;
  readonly #tensor: typeof Tensor;
  #session: InferenceSession | undefined;

  /**
   * Loads the model; onnxruntime itself is loaded with the first one.
   *
   * A file in onnxruntime's own format (`.ort`) is mapped: processes share its pages.
   *
   * @param options.once - expect a run or two: leave the weights as they lie, which loads several times as fast and
   *   runs half as fast
   * @param options.device - the CPU unless given
   * @throws ClipfindError MODEL_INVALID when the file is no ONNX model that onnxruntime can run, DEVICE_UNAVAILABLE when
   *   it cannot run on the device
   */
  static async open(
    path: string,
    options: { readonly once?: boolean; readonly device?: Device | undefined } = {},
  ): Promise<OnnxSession> {
    const { device = "cpu" } = options;
    const ort = await import("onnxruntime-node");
    const settings = {
      ...(path.endsWith(".ort") && { use_memory_mapped_ort_model: "1", use_ort_model_bytes_for_initializers: "1" }),
      ...(options.once === true && { disable_prepacking: "1" }),
    };
    try {
      const session = await ort.InferenceSession.create(path, {
        executionProviders: [executionProvider(device)],
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        executionMode: "sequential",
        graphOptimizationLevel: "all",
        enableCpuMemArena: options.once !== true,
        // DirectML has none.
        enableMemPattern: device !== "directml",
        logSeverityLevel: 3,
        extra: { session: settings },
      });
      return new OnnxSession(path, device, session, ort.Tensor);
    } catch (cause) {
      if (device !== "cpu") {
        throw new ClipfindError("DEVICE_UNAVAILABLE", `${device} cannot be used: ${plainly(cause)}.`, {
          hint: deviceHint,
          cause,
        });
      }
      const message = `${path}: expected an ONNX model that onnxruntime can load, found another file (${firstLine(cause)}).`;
      throw new ClipfindError("MODEL_INVALID", message, {
        hint: "Copy the file again; a model with external data files must be exported as one file.",
        cause,
      });
    }
  }

  private constructor(path: string, device: Device, session: InferenceSession, tensor: typeof Tensor) {
    this.path = path;
    this.#device = device;
    this.inputs = session.inputMetadata.map(formOf);
    this.outputs = session.outputMetadata.map(formOf);
    this.#tensor = tensor;
    this.#session = session;
  }

  /**
   * Runs the model once.
   *
   * @returns the values of the named output, float32
   * @throws ClipfindError MODEL_FAILED (on the CPU) or DEVICE_UNAVAILABLE when onnxruntime reports an error, CLOSED after
   *   close()
   */
  async run(inputs: Readonly<Record<string, TensorValue>>, output: string): Promise<Float32Array> {
    const session = this.#session;
    if (session === undefined) throw new ClipfindError("CLOSED", `${this.path}: the model was closed.`);
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, { type, data, shape }]) => [name, new this.#tensor(type, data, shape)]),
    );
    try {
      const results = await session.run(feeds, [output]);
      return results[output]!.data as Float32Array;
    } catch (cause) {
      if (this.#device !== "cpu") {
        throw new ClipfindError("DEVICE_UNAVAILABLE", `${this.#device} gave up: ${plainly(cause)}.`, {
          hint: deviceHint,
          cause,
        });
      }
      throw new ClipfindError("MODEL_FAILED", `${this.path}: the model could not be run (${firstLine(cause)}).`, {
        hint: "Verify the model's files; if they are whole, this export of the model does not suit onnxruntime.",
        cause,
      });
    }
  }

  /** Frees the model; may be called any number of times. */
  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const deviceHint = "Use the CPU: `--device cpu`. `clipfind doctor` tells which devices there are.";

function formOf(metadata: InferenceSession.ValueMetadata): TensorForm {
  const { name } = metadata;
  if (!metadata.isTensor) return { name, type: "no tensor", shape: [] };
  const shape = metadata.shape.map((side) => (typeof side === "number" && side > 0 ? side : undefined));
  return { name, type: metadata.type, shape };
}

function firstLine(cause: unknown): string {
  return (cause as Error).message.split("\n", 1)[0]!.slice(0, 200);
}

/** Without the place in onnxruntime's source and the condition that was not met there. */
function plainly(cause: unknown): string {
  const [line] = (cause as Error).message.split("\n", 1) as [string];
  return line
    .replace(/^.* was (?:false|true)\. /, "")
    .replace(/\.$/, "")
    .slice(0, 200);
}
