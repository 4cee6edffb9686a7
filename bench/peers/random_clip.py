"""Writes a CLIP ViT-B/32 for 256 x 256 pixels with random weights: `random_clip.py DIRECTORY`.

As its publishers would lay it out (open_clip_config.json, open_clip_model.safetensors), and visual.onnx as rclip exports
it: opset 18, an open batch. It knows nothing; it is as slow as one that does.
"""

import json
import os
import sys

import open_clip
import torch
from safetensors.torch import save_file

directory = sys.argv[1]
name = "ViT-B-32-256"

torch.manual_seed(1)
model = open_clip.create_model(name, pretrained=None).eval()
with torch.no_grad():
    # As initialised, positions and classes hardly count, and all pictures look alike.
    for tensor in model.visual.parameters():
        if tensor.dim() == 1:
            tensor.add_(torch.randn_like(tensor) * 0.02)

os.makedirs(directory, exist_ok=True)
config = {"model_cfg": open_clip.get_model_config(name), "preprocess_cfg": {"resize_mode": "shortest"}}
with open(os.path.join(directory, "open_clip_config.json"), "w") as file:
    json.dump(config, file)
weights = {key: value.contiguous() for key, value in model.state_dict().items()}
save_file(weights, os.path.join(directory, "open_clip_model.safetensors"))

torch.onnx.export(
    model.visual,
    (torch.zeros(1, 3, 256, 256),),
    os.path.join(directory, "visual.onnx"),
    input_names=["input"],
    output_names=["output"],
    dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}},
    opset_version=18,
    dynamo=False,
)
