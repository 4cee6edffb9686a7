"""Writes packages/model-mini from a checkpoint: both towers as ONNX with int8 weights.

    python export.py CHECKPOINT PACKAGE

Every weight matrix is stored as int8 with one float32 scale per output channel and dequantised by the graph
(DequantizeLinear); activations stay float32. The towers are too small for integer arithmetic to matter, and this way
nothing but the rounding of the weights separates them from what was trained.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

from model import END, Clip


class ExportedText(nn.Module):
    """The text tower without a loop over padding: the table is int32, the first end token is found by comparison."""

    def __init__(self, tower: nn.Module):
        super().__init__()
        self.tower = tower
        self.register_buffer("short_table", tower.table.to(torch.int32))

    def forward(self, ids: Tensor) -> Tensor:
        tower = self.tower
        x = tower.embedding(self.short_table[ids].long()) + tower.positions[: ids.shape[1]]
        for block in tower.blocks:
            x = block(x)
        at_end = (ids == END).int().argmax(1)
        x = x.gather(1, at_end[:, None, None].expand(-1, 1, x.shape[2]))[:, 0]
        return tower.project(tower.norm(x))


def export(module: nn.Module, example: Tensor, path: Path, names: tuple[str, str], axes: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        module.eval(),
        (example,),
        str(path),
        input_names=[names[0]],
        output_names=[names[1]],
        dynamic_axes={names[0]: axes, names[1]: {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )
    model = onnx.load(path)
    onnx.save(with_int8_weights(model), path)
    onnx.checker.check_model(str(path))


def with_int8_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """Replaces each large float32 initializer by int8 values, scales and a DequantizeLinear node."""
    graph = model.graph
    uses = {name: node.op_type for node in graph.node for name in node.input}
    nodes, kept = [], []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.ndim < 2 or values.size < 4096:
            kept.append(tensor)
            continue
        # Output channels: the columns of a MatMul's right side; the rows of an embedding, a Gemm or a convolution.
        axis = values.ndim - 1 if uses[tensor.name] == "MatMul" else 0
        others = tuple(at for at in range(values.ndim) if at != axis)
        scale = np.abs(values).max(axis=others) / 127
        scale[scale == 0] = 1
        shape = [-1 if at == axis else 1 for at in range(values.ndim)]
        rounded = np.clip(np.rint(values / scale.reshape(shape)), -127, 127).astype(np.int8)
        kept.append(numpy_helper.from_array(rounded, f"{tensor.name}_int8"))
        kept.append(numpy_helper.from_array(scale.astype(np.float32), f"{tensor.name}_scale"))
        inputs = [f"{tensor.name}_int8", f"{tensor.name}_scale"]
        nodes.append(helper.make_node("DequantizeLinear", inputs, [tensor.name], axis=axis))
    del graph.initializer[:]
    graph.initializer.extend(kept)
    rest = list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes + rest)
    return model


def main(checkpoint: str, package: str) -> None:
    model = Clip.load(checkpoint)
    side = model.config.image_size
    pixels, ids = torch.zeros(1, 3, side, side), torch.tensor([[49406, 320, END]])
    visual, textual = Path(package, "visual/model.onnx"), Path(package, "textual/model.onnx")
    export(model.image, pixels, visual, ("pixel_values", "image_embeds"), {0: "batch"})
    export(ExportedText(model.text), ids, textual, ("input_ids", "text_embeds"), {0: "batch", 1: "sequence"})
    for path in (visual, textual):
        print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
