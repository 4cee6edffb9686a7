/** A dimension of a tensor: a number, or a name where it is open. */
type Side = number | string;

/**
 * ONNX files of a few hundred bytes, written field by field (onnx.proto, IR version 8), so that the towers can be tested
 * with real models on every machine.
 */
export const tinyOnnx = {
  /** pixels [batch, 3, size, size] → the mean of each channel, [batch, 3]. */
  visual(size: number, batch: Side = "batch"): Buffer {
    return model(
      [node("GlobalAveragePool", ["pixels"], "means"), node("Flatten", ["means"], "embedding")],
      [tensor("pixels", 1, [batch, 3, size, size])],
      [tensor("embedding", 1, [batch, 3])],
    );
  },

  /** pixels uint8 [batch, size, size, 3] → the mean of each channel, [batch, 3]. */
  visualOfBytes(size: number, batch: Side = "batch"): Buffer {
    const axes = [ints("axes", [1, 2]), int("keepdims", 0)];
    return model(
      [node("Cast", ["pixels"], "floats", [int("to", 1)]), node("ReduceMean", ["floats"], "embedding", axes)],
      [tensor("pixels", 2, [batch, size, size, 3])],
      [tensor("embedding", 1, [batch, 3])],
    );
  },

  /** ids [1, sequence] → [mean, greatest, least id], [1, 3]. */
  textual(sequence: Side, type: "int32" | "int64" = "int64"): Buffer {
    const axes = [ints("axes", [1])];
    return model(
      [
        node("Cast", ["ids"], "floats", [int("to", 1)]),
        node("ReduceMean", ["floats"], "mean", axes),
        node("ReduceMax", ["floats"], "most", axes),
        node("ReduceMin", ["floats"], "least", axes),
        node("Concat", ["mean", "most", "least"], "embedding", [int("axis", 1)]),
      ],
      [tensor("ids", type === "int64" ? 7 : 6, [1, sequence])],
      [tensor("embedding", 1, [1, 3])],
    );
  },
};

function model(nodes: Buffer[], inputs: Buffer[], outputs: Buffer[]): Buffer {
  const graph = [
    ...nodes.map((content) => bytes(1, content)),
    bytes(2, Buffer.from("tiny")),
    ...inputs.map((content) => bytes(11, content)),
    ...outputs.map((content) => bytes(12, content)),
  ];
  return Buffer.concat([varint(1, 8), bytes(7, Buffer.concat(graph)), bytes(8, varint(2, 13))]);
}

function node(type: string, inputs: string[], output: string, attributes: Buffer[] = []): Buffer {
  return Buffer.concat([
    ...inputs.map((input) => bytes(1, Buffer.from(input))),
    bytes(2, Buffer.from(output)),
    bytes(4, Buffer.from(type)),
    ...attributes.map((attribute) => bytes(5, attribute)),
  ]);
}

function int(name: string, value: number): Buffer {
  return Buffer.concat([bytes(1, Buffer.from(name)), varint(3, value), varint(20, 2)]);
}

function ints(name: string, values: number[]): Buffer {
  return Buffer.concat([bytes(1, Buffer.from(name)), ...values.map((value) => varint(8, value)), varint(20, 7)]);
}

function tensor(name: string, type: number, shape: Side[]): Buffer {
  const sides = shape.map((side) => bytes(1, typeof side === "number" ? varint(1, side) : bytes(2, Buffer.from(side))));
  const form = Buffer.concat([varint(1, type), bytes(2, Buffer.concat(sides))]);
  return Buffer.concat([bytes(1, Buffer.from(name)), bytes(2, bytes(1, form))]);
}

/** A protobuf field of wire type 0. */
function varint(field: number, value: number): Buffer {
  return Buffer.from([...digits(field * 8), ...digits(value)]);
}

/** A protobuf field of wire type 2. */
function bytes(field: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([...digits(field * 8 + 2), ...digits(content.length)]), content]);
}

function digits(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...digits(Math.floor(value / 128))];
}
