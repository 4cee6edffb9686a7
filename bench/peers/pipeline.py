"""Photos to vectors in Python: `pipeline.py plain|rclip VISUAL_ONNX`.

Answers lines like {"photos": FOLDER, "vectors": FILE}: encodes all photos, by name, writes their vectors (float32, of
length 1) and says how many milliseconds that took. `plain` decodes in full, one after the other, and runs batches of
eight on default threads; `rclip` is rclip's own index run, whose model files the given one stands in for.
"""

import json
import os
import sys
import tempfile
import time

import numpy as np
import onnxruntime
from PIL import Image

kind, model = sys.argv[1:]
size, batch = 256, 8
mean = np.array([0.48145466, 0.4578275, 0.40821073], dtype=np.float32)
std = np.array([0.26862954, 0.26130258, 0.27577711], dtype=np.float32)


def paths(folder):
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


def pixels(path):
    image = Image.open(path).convert("RGB")
    shorter = min(image.size)
    image = image.resize([int(side * size / shorter) for side in image.size], Image.Resampling.BICUBIC)
    left, top = (round((side - size) / 2) for side in image.size)
    image = image.crop((left, top, left + size, top + size))
    return ((np.asarray(image, dtype=np.float32) / 255 - mean) / std).transpose(2, 0, 1)


def plain(folder):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    names = paths(folder)
    rows = []
    for start in range(0, len(names), batch):
        images = np.stack([pixels(name) for name in names[start : start + batch]])
        (features,) = session.run(None, {session.get_inputs()[0].name: images})
        rows.append(features / np.linalg.norm(features, axis=-1, keepdims=True))
    return np.concatenate(rows)


def rclip(folder):
    with tempfile.TemporaryDirectory() as data:
        stand_in(data)
        app, loaded, database = main.init_rclip(folder, batch)
        rows = {row["filepath"]: row["vector"] for row in database.get_image_vectors_by_dir_path(folder)}
        app.close()
        loaded.close()
        database.close()
        return np.stack([np.frombuffer(rows[name], np.float32) for name in paths(folder)])


def stand_in(data):
    """Its text tower and vocabulary need only be there: no text is asked for."""
    os.environ["RCLIP_DATADIR"] = data
    models = os.path.join(data, model_download.MODEL_SUBDIR)
    os.makedirs(models)
    os.symlink(model, os.path.join(models, model_download.VISUAL_ONNX))
    vocabulary = os.path.join(data, model_download.TOKENIZER_VOCAB)
    os.makedirs(os.path.dirname(vocabulary))
    for file in (os.path.join(models, model_download.TEXTUAL_ONNX), vocabulary):
        open(file, "w").close()


if kind == "rclip":
    from importlib.metadata import version

    from rclip import main, model_download

    said = f"rclip {version('rclip')}"
else:
    import PIL

    said = f"Pillow {PIL.__version__} + onnxruntime {onnxruntime.__version__}"

print(json.dumps({"version": said}), flush=True)
for line in sys.stdin:
    question = json.loads(line)
    began = time.perf_counter()
    vectors = rclip(question["photos"]) if kind == "rclip" else plain(question["photos"])
    took = (time.perf_counter() - began) * 1000
    vectors.astype(np.float32).tofile(question["vectors"])
    print(json.dumps({"ms": took, "count": len(vectors)}), flush=True)
