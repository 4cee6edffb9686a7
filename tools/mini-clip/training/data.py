"""The generated scenes as training data: pictures, texts, and which text is true of which picture."""

import json
import random
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from tokenizer import Tokenizer

SIZE = 256
MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073])
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711])

# Query categories and how often each is drawn: what is harder to see, more often.
CATEGORIES = {
    "object": 1,
    "colourObject": 2,
    "colourObjectOnBackground": 3,
    "count": 3,
    "relation": 3,
    "background": 1,
}


def fact(category: str, scene: dict, group: dict) -> tuple:
    """What a query of the category about this group of the scene says, in a form to compare."""
    object_, colour, background = group["object"], group.get("colour"), scene["background"]
    match category:
        case "object":
            return (category, object_)
        case "colourObject":
            return (category, object_, colour)
        case "colourObjectOnBackground":
            return (category, object_, colour, background)
        case "count":
            return (category, object_, group["count"])
        case "relation":
            return (category, scene.get("relation"), *(other["object"] for other in scene["groups"]))
        case "background":
            return (category, background)
    raise ValueError(category)


class Scenes:
    """One directory the generator wrote: images.u8 and scenes.jsonl."""

    def __init__(self, directory: str, limit: int | None = None):
        with open(Path(directory) / "scenes.jsonl", encoding="utf8") as file:
            self.rows = [json.loads(line) for line in file][:limit]
        pixels = np.memmap(Path(directory) / "images.u8", np.uint8, "r")
        self.pixels = pixels[: len(self.rows) * SIZE * SIZE * 3].reshape(-1, SIZE, SIZE, 3)
        self.facts = [
            {fact(category, row["scene"], group) for category in CATEGORIES for group in row["scene"]["groups"]}
            for row in self.rows
        ]
        self.queries = [
            {
                # A query is about the main group.
                category: (text, fact(category, row["scene"], row["scene"]["groups"][0]))
                for category, text in row["queries"].items()
                if text is not None
            }
            for row in self.rows
        ]

    def __len__(self) -> int:
        return len(self.rows)

    def texts(self) -> set[str]:
        texts = {text for row in self.rows for text in row["captions"]}
        return texts | {text for queries in self.queries for text, _ in queries.values()}

    def truth(self, facts: list[tuple], at: list[int]) -> Tensor:
        """[facts, pictures]: whether the fact holds in the picture."""
        return torch.tensor([[one in self.facts[i] for i in at] for one in facts])

    def batch(self, at: list[int]) -> Tensor:
        """Pictures as they are, normalised [batch, 3, 256, 256]."""
        return normalise(torch.from_numpy(self.pixels[at]).permute(0, 3, 1, 2))

    def varied_batch(self, at: list[int], flips: list[bool], rng: random.Random) -> Tensor:
        """Pictures mirrored where asked for, cropped a little, lighter or darker, with more or less contrast."""
        pixels = torch.from_numpy(self.pixels[at])
        flipped = torch.tensor(flips)
        pixels[flipped] = pixels[flipped].flip(2)
        pixels = pixels.permute(0, 3, 1, 2)
        parts = []
        for part in pixels.split(16):
            side = rng.randint(216, SIZE)
            top, left = rng.randint(0, SIZE - side), rng.randint(0, SIZE - side)
            part = part[:, :, top : top + side, left : left + side]
            # Antialiasing changes nothing when enlarging, but has a fast path for bytes.
            parts.append(F.interpolate(part, (SIZE, SIZE), mode="bilinear", antialias=True) if side < SIZE else part)
        amount = torch.tensor([[rng.uniform(0.85, 1.15), rng.uniform(-0.1, 0.1)] for _ in at])
        return normalise(torch.cat(parts), gain=amount[:, :1], offset=amount[:, 1:])


def normalise(pixels: Tensor, gain: Tensor | float = 1, offset: Tensor | float = 0) -> Tensor:
    """Bytes [batch, 3, 256, 256] to (value * gain + offset - mean) / std with values from 0 to 1, in bfloat16."""
    scale, shift = gain / (255 * STD), (offset - MEAN) / STD
    # As rows of 256 times red, green, blue, which is how they lie in memory: several times as fast.
    rows = pixels.permute(0, 2, 3, 1).reshape(len(pixels), SIZE, SIZE * 3).bfloat16()
    scale, shift = (part.reshape(-1, 1, 3).repeat(1, 1, SIZE).bfloat16() for part in (scale, shift))
    return rows.mul_(scale).add_(shift).view(-1, SIZE, SIZE, 3).permute(0, 3, 1, 2)


class TextEncoder:
    """Texts to padded ids [batch, sequence], in training with an unknown or spelled-out word now and then."""

    def __init__(self, tokenizer: Tokenizer, texts: set[str], context: int):
        self.tokenizer, self.context = tokenizer, context
        ids = {token for text in texts for token in tokenizer.encode(text)}
        self.known_ids = sorted(ids | {*tokenizer.byte_ids(), tokenizer.start, tokenizer.end})
        known = set(self.known_ids)
        self.unknown = next(token for token in range(1000, 49406) if token not in known)
        (self.left,), (self.right,) = tokenizer.word("left"), tokenizer.word("right")

    def __call__(
        self, texts: list[str], flips: list[bool] | None = None, rng: random.Random | None = None
    ) -> Tensor:
        rows = []
        for at, text in enumerate(texts):
            row = []
            for word in self.tokenizer.words(text):
                chance = rng.random() if rng is not None else 1
                if chance < 0.01:
                    row.append(self.unknown)
                else:
                    row.extend(self.tokenizer.spelled(word) if chance < 0.02 else self.tokenizer.word(word))
            if flips is not None and flips[at]:
                swap = {self.left: self.right, self.right: self.left}
                row = [swap.get(token, token) for token in row]
            rows.append([self.tokenizer.start, *row[: self.context - 2], self.tokenizer.end])
        length = max(map(len, rows))
        return torch.tensor([row + [0] * (length - len(row)) for row in rows])
