"""The generated scenes as training data: pictures, texts, which text is true of which picture, and what stands where."""

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
    "object": 2,
    "colourObject": 4,
    "colourObjectOnBackground": 4,
    "count": 3,
    "relation": 4,
    "background": 0.5,
}
NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five"}
# The phrase of each relation in queries, as in scenes/words.ts.
RELATIONS = {
    "behind": "behind",
    "on": "on",
    "under": "under",
    "next-to": "next to",
    "in-front-of": "in front of",
    "inside": "inside",
}
CELLS = SIZE // 32


def relation_fact(relation: str, objects: list[str]) -> tuple:
    """One spelling for "a behind b" and "b in front of a", and for both orders of "next to"."""
    if relation == "in-front-of":
        relation, objects = "behind", objects[::-1]
    if relation == "next-to":
        objects = sorted(objects)
    return ("relation", relation, *objects)


def facts(category: str, scene: dict, group: dict) -> list[tuple]:
    """What is true of a group of a scene in one category, in a form to compare; what its query asks comes last.

    "red cars" asks for several, "a red car" for any number of them.
    """
    object_, colour, background = group["object"], group.get("colour"), scene["background"]
    numbers = [False, True] if group["count"] > 1 else [False]
    match category:
        case "object":
            return [(category, object_)]
        case "colourObject":
            return [(category, object_, colour, several) for several in numbers]
        case "colourObjectOnBackground":
            return [(category, object_, colour, background, several) for several in numbers]
        case "count":
            return [(category, object_, group["count"])]
        case "relation":
            if "relation" not in scene:
                return []
            return [relation_fact(scene["relation"], [other["object"] for other in scene["groups"]])]
        case "background":
            return [(category, background)]
    raise ValueError(category)


class Scenes:
    """One directory the generator wrote: images.u8 and scenes.jsonl."""

    def __init__(self, directory: str, limit: int | None = None, ask_colours: bool = True):
        self.ask_colours = ask_colours
        with open(Path(directory) / "scenes.jsonl", encoding="utf8") as file:
            self.rows = [json.loads(line) for line in file][:limit]
        pixels = np.memmap(Path(directory) / "images.u8", np.uint8, "r")
        self.pixels = pixels[: len(self.rows) * SIZE * SIZE * 3].reshape(-1, SIZE, SIZE, 3)
        self.kinds = sorted({group["object"] for row in self.rows for group in row["scene"]["groups"]})
        colours = {group.get("colour") for row in self.rows for group in row["scene"]["groups"]}
        self.colours = sorted(colours - {None})
        self.facts = [
            {
                fact
                for category in CATEGORIES
                for group in row["scene"]["groups"]
                for fact in facts(category, row["scene"], group)
            }
            for row in self.rows
        ]
        self.queries = [
            {
                # A query is about the main group.
                category: (text, facts(category, row["scene"], row["scene"]["groups"][0])[-1])
                for category, text in row["queries"].items()
                if text is not None
            }
            for row in self.rows
        ]
        self.fact_of_text = dict(query for queries in self.queries for query in queries.values())

    def __len__(self) -> int:
        return len(self.rows)

    def texts(self) -> set[str]:
        texts = {text for row in self.rows for text in row["captions"]}
        return texts | {text for queries in self.queries for text, _ in queries.values()}

    def truth(self, facts: list[tuple], at: list[int]) -> Tensor:
        """[facts, pictures]: whether the fact holds in the picture."""
        return torch.tensor([[one in self.facts[i] for i in at] for one in facts])

    def caption_truth(self, captions: list[str], at: list[int]) -> Tensor:
        """[captions, pictures] for one caption of each picture; "a cat" is true of every picture with a cat."""
        rows = []
        for caption in captions:
            fact = self.fact_of_text.get(caption)
            rows.append([caption == other or fact in self.facts[i] for other, i in zip(captions, at)])
        return torch.tensor(rows)

    def alternatives(self, i: int, rng: random.Random) -> tuple[list[str], list[bool]]:
        """Texts that differ from a query of picture i in number, relation or colour only, and which of them are true."""
        scene, queries = self.rows[i]["scene"], self.rows[i]["queries"]
        main, *others = scene["groups"]
        has_colours = "colour" in main and self.ask_colours
        if has_colours and rng.random() < 0.4:
            return self.other_colours(main, queries, rng)
        if "count" in queries:
            _, things = queries["count"].split(" ", 1)
            return [f"{word} {things}" for word in NUMBERS.values()], [main["count"] == count for count in NUMBERS]
        if "relation" not in queries or not others:
            return self.other_colours(main, queries, rng) if has_colours else ([], [])
        a, objects = queries["object"], [main["object"], others[0]["object"]]
        b = queries["relation"].removeprefix(f"{a} {RELATIONS[scene['relation']]} ")
        texts = {}
        for relation, phrase in RELATIONS.items():
            texts[f"{a} {phrase} {b}"] = relation_fact(relation, objects)
            texts[f"{b} {phrase} {a}"] = relation_fact(relation, objects[::-1])
        # The query itself, the same the other way round, and a few of the rest.
        phrase = RELATIONS[scene["relation"]]
        chosen = [f"{a} {phrase} {b}", f"{b} {phrase} {a}"]
        chosen += rng.sample([text for text in texts if text not in chosen], 4)
        return chosen, [texts[text] == texts[chosen[0]] for text in chosen]

    def other_colours(self, group: dict, queries: dict, rng: random.Random) -> tuple[list[str], list[bool]]:
        """The group in its colour, which comes first, and in a few others."""
        colour = group["colour"]
        others = rng.sample([other for other in self.colours if other != colour], 5)
        _, things = queries["colourObject"].split(f"{colour} ", 1)
        if group["count"] > 1:
            return [f"{name} {things}" for name in [colour, *others]], [True] + [False] * 5
        article = {name: "an" if name[0] in "aeiou" else "a" for name in [colour, *others]}
        return [f"{article[name]} {name} {things}" for name in [colour, *others]], [True] + [False] * 5

    def batch(self, at: list[int]) -> Tensor:
        """Pictures as they are, normalised [batch, 3, 256, 256]."""
        return normalise(torch.from_numpy(self.pixels[at]).permute(0, 3, 1, 2))

    def varied_batch(self, at: list[int], flips: list[bool], rng: random.Random) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Pictures mirrored where asked for, cropped a little, lighter or darker, with more or less contrast.

        With them comes what stands in each of their 8 x 8 cells, int64 [batch, 64]: the kind (an index of `kinds`, or
        len(kinds) for none), its colour (an index of `colours`, or -100 where there is none), and how many objects have
        their middle there.
        """
        pixels = torch.from_numpy(self.pixels[at])
        flipped = torch.tensor(flips)
        pixels[flipped] = pixels[flipped].flip(2)
        pixels = pixels.permute(0, 3, 1, 2)
        parts, cells = [], []
        for start, part in enumerate(pixels.split(16)):
            side = rng.randint(216, SIZE)
            top, left = rng.randint(0, SIZE - side), rng.randint(0, SIZE - side)
            part = part[:, :, top : top + side, left : left + side]
            # Antialiasing changes nothing when enlarging, but has a fast path for bytes.
            parts.append(F.interpolate(part, (SIZE, SIZE), mode="bilinear", antialias=True) if side < SIZE else part)
            for i, flip in list(zip(at, flips))[start * 16 : start * 16 + 16]:
                cells.append(self.cells(i, flip, left, top, CELLS / side))
        amount = torch.tensor([[rng.uniform(0.85, 1.15), rng.uniform(-0.1, 0.1)] for _ in at])
        seen = normalise(torch.cat(parts), gain=amount[:, :1], offset=amount[:, 1:])
        kinds, colours, middles = torch.from_numpy(np.stack(cells)).flatten(2).unbind(1)
        return seen, kinds, colours, middles

    def cells(self, i: int, flip: bool, left: int, top: int, scale: float) -> np.ndarray:
        """Kind, colour and number of middles in each cell [3, 8, 8] of a picture after mirroring and cropping."""
        kinds, colours, middles = cells = np.zeros((3, CELLS, CELLS), np.int64)
        kinds[:], colours[:] = len(self.kinds), -100
        row = self.rows[i]
        for group, x, y, side in row["boxes"]:
            x = ((SIZE - x - side if flip else x) - left) * scale
            y, side = (y - top) * scale, side * scale
            column, line = (min(CELLS - 1, max(0, int(at + side / 2))) for at in (x, y))
            middles[line, column] += 1
            across, down = (slice(max(0, round(at)), max(0, round(at + side))) for at in (x, y))
            group = row["scene"]["groups"][group]
            colour = self.colours.index(group["colour"]) if "colour" in group else -100
            for place in [(down, across), (line, column)]:
                kinds[place], colours[place] = self.kinds.index(group["object"]), colour
        return cells


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
