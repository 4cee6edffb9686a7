import protobuf from "protobufjs/light.js";

// The part of ONNX's protocol buffers (onnx.proto, IR version 10) that clipfind writes, and of foreign models reads.
// What is not listed here is skipped when reading.

const field = (type: string, id: number) => ({ type, id });
const list = (type: string, id: number, options?: { packed: boolean }) => ({
  type,
  id,
  rule: "repeated",
  ...(options && { options }),
});

const root = protobuf.Root.fromJSON({
  nested: {
    Attribute: {
      fields: {
        name: field("string", 1),
        f: field("float", 2),
        i: field("int64", 3),
        s: field("bytes", 4),
        t: field("Tensor", 5),
        floats: list("float", 7, { packed: false }),
        ints: list("int64", 8, { packed: false }),
        type: field("int32", 20),
      },
    },
    Node: {
      fields: {
        input: list("string", 1),
        output: list("string", 2),
        name: field("string", 3),
        opType: field("string", 4),
        attribute: list("Attribute", 5),
        domain: field("string", 7),
      },
    },
    Entry: { fields: { key: field("string", 1), value: field("string", 2) } },
    Tensor: {
      fields: {
        dims: list("int64", 1, { packed: false }),
        dataType: field("int32", 2),
        floatData: list("float", 4, { packed: true }),
        int64Data: list("int64", 7, { packed: true }),
        name: field("string", 8),
        rawData: field("bytes", 9),
        externalData: list("Entry", 13),
        dataLocation: field("int32", 14),
      },
    },
    Dimension: { fields: { dimValue: field("int64", 1), dimParam: field("string", 2) } },
    Shape: { fields: { dim: list("Dimension", 1) } },
    TensorType: { fields: { elemType: field("int32", 1), shape: field("Shape", 2) } },
    Type: { fields: { tensorType: field("TensorType", 1) } },
    ValueInfo: { fields: { name: field("string", 1), type: field("Type", 2) } },
    Graph: {
      fields: {
        node: list("Node", 1),
        name: field("string", 2),
        initializer: list("Tensor", 5),
        input: list("ValueInfo", 11),
        output: list("ValueInfo", 12),
      },
    },
    OperatorSet: { fields: { domain: field("string", 1), version: field("int64", 2) } },
    Model: {
      fields: {
        irVersion: field("int64", 1),
        producerName: field("string", 2),
        graph: field("Graph", 7),
        opsetImport: list("OperatorSet", 8),
      },
    },
  },
});

/** ONNX's ModelProto. */
export const OnnxModel: protobuf.Type = root.lookupType("Model");

/** TensorProto.DataType. */
export const onnxType = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float16: 10, bfloat16: 16 } as const;

/** AttributeProto.AttributeType. */
export const onnxAttribute = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const;
