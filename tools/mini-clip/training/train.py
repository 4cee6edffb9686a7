"""Trains the two towers on the generated scenes.

    python train.py --train DATA/train --held-out DATA/held-out --out CHECKPOINTS

Writes CHECKPOINTS/last.pt every few minutes and at the end, and log.jsonl beside this file.
"""

import argparse
import json
import math
import random
import time
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from data import CATEGORIES, Scenes, TextEncoder
from model import Clip, Config
from tokenizer import Tokenizer

HERE = Path(__file__).parent
# Of how many pictures of a batch the alternatives are asked: they are several texts each.
ALTERNATIVES = 32
# How much each loss counts.
WEIGHTS = {"caption": 0.5, "query": 0.5, "object": 0.5, "alternative": 0.3, "cellKind": 1, "cellColour": 0.5, "cellMiddle": 0.5}


def contrast(logits: Tensor, truth: Tensor) -> Tensor:
    """CLIP's symmetric cross-entropy, where a text may be true of several pictures: each is an equally right answer."""
    truth = truth.float()
    by_text = F.cross_entropy(logits, truth / truth.sum(1, keepdim=True), label_smoothing=0.02)
    by_image = F.cross_entropy(logits.T, (truth / truth.sum(0)).T, label_smoothing=0.02)
    return (by_text + by_image) / 2


def right_text(logits: Tensor, truth: Tensor) -> Tensor:
    """Cross-entropy of each picture (a column) over texts of which one or more are true of it."""
    truth = truth.float()
    return F.cross_entropy(logits.T, (truth / truth.sum(0)).T, label_smoothing=0.02)


def right_alternative(vectors: Tensor, images: Tensor, scale: Tensor, groups: list[tuple[int, Tensor]]) -> Tensor:
    """Cross-entropy of pictures over a few texts of their own: (picture, which texts are true) for each run of vectors."""
    losses, start = [], 0
    for picture, truth in groups:
        logits = scale * vectors[start : start + len(truth)] @ images[picture]
        losses.append(F.cross_entropy(logits, truth / truth.sum(), label_smoothing=0.02))
        start += len(truth)
    return torch.stack(losses).mean()


@torch.no_grad()
@torch.autocast("cpu", torch.bfloat16)
def measure(model: Clip, scenes: Scenes, encode: TextEncoder, count: int) -> dict:
    """Recall of the first captions and of the queries of each category among the first `count` scenes, in percent."""
    model.eval()
    at = list(range(min(count, len(scenes))))
    images = torch.cat([model.image(scenes.batch(at[i : i + 50])).float() for i in range(0, len(at), 50)])
    images = F.normalize(images, dim=1)

    def ranks(texts: list[str], truth: Tensor) -> Tensor:
        vectors = torch.cat([model.text(encode(texts[i : i + 100])).float() for i in range(0, len(texts), 100)])
        order = (F.normalize(vectors, dim=1) @ images.T).argsort(1, descending=True)
        return truth.gather(1, order).int().argmax(1)

    found = ranks([scenes.rows[i]["captions"][0] for i in at], torch.eye(len(at), dtype=torch.bool))
    report = {"r1": percent(found < 1), "r10": percent(found < 10)}
    for category in CATEGORIES:
        queries = list({scenes.queries[i][category] for i in at if category in scenes.queries[i]})
        if queries:
            found = ranks([text for text, _ in queries], scenes.truth([fact for _, fact in queries], at))
            report[category] = [percent(found < 1), percent(found < 10)]
    model.train()
    return report


def percent(hits: Tensor) -> float:
    return round(100 * hits.float().mean().item(), 1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--train", required=True)
    parser.add_argument("--held-out", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--log", default=str(HERE / "log.jsonl"))
    parser.add_argument("--tokenizer", default=str(HERE / "../../../packages/model-mini/textual/tokenizer.json"))
    parser.add_argument("--steps", type=int, default=3600)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--warmup", type=int, default=200)
    parser.add_argument("--init", help="a checkpoint to go on from, instead of random weights")
    parser.add_argument("--without-colours", action="store_true", help="ask for no colours beyond captions and queries")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--measure-every", type=int, default=400)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False
    rng = random.Random(options.seed)
    start = time.monotonic()

    scenes, held_out = Scenes(options.train, ask_colours=not options.without_colours), Scenes(options.held_out)
    config = Config()
    encode = TextEncoder(Tokenizer(options.tokenizer), scenes.texts(), config.context)
    model = Clip.load(options.init).train() if options.init else Clip(config, encode.known_ids).train()
    model.image.to(memory_format=torch.channels_last)

    # Only for training: what stands in each cell and how many objects have their middle there, read from the cells' tokens.
    # Seeing where things are comes from this; the pictures are too few to learn shapes from captions alone.
    cell_kind = nn.Linear(config.image_width, len(scenes.kinds) + 1)
    cell_colour = nn.Linear(config.image_width, len(scenes.colours))
    cell_middle = nn.Linear(config.image_width, 3)
    kind_weights = torch.tensor([1.0] * len(scenes.kinds) + [0.2])
    bank = sorted({queries["object"] for queries in scenes.queries})

    heads = nn.ModuleList([cell_kind, cell_colour, cell_middle])
    weights = [*model.parameters(), *heads.parameters()]
    matrices = [weight for weight in weights if weight.ndim > 1]
    others = [weight for weight in weights if weight.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0}],
        lr=options.rate,
        betas=(0.9, 0.98),
    )
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    log = open(options.log, "w", encoding="utf8")

    def write(**entry) -> None:
        line = json.dumps(entry)
        print(line, flush=True)
        log.write(line + "\n")
        log.flush()

    def save() -> None:
        torch.save(model.checkpoint(), out / "partial.pt")
        (out / "partial.pt").rename(out / "last.pt")

    sizes = {name: sum(w.numel() for w in part.parameters()) for name, part in model.named_children()}
    write(
        config=config.asdict(),
        parameters=sizes,
        tokens=len(encode.known_ids),
        scenes=len(scenes),
        steps=options.steps,
        batch=options.batch,
        rate=options.rate,
        seed=options.seed,
        torch=torch.__version__,
    )

    order: list[int] = []
    wanted = [name for name in WEIGHTS if not (options.without_colours and name == "cellColour")]
    total, saved = torch.zeros(len(wanted)), start
    for step in range(1, options.steps + 1):
        if len(order) < options.batch:
            order = list(range(len(scenes)))
            rng.shuffle(order)
        at, order = order[: options.batch], order[options.batch :]

        # Two texts for each picture: a caption of the scene, and a query that may be true of others as well.
        captions = [rng.choice(scenes.rows[i]["captions"]) for i in at]
        drawn = []
        for i in at:
            categories = list(scenes.queries[i])
            (category,) = rng.choices(categories, [CATEGORIES[name] for name in categories])
            drawn.append(scenes.queries[i][category])
        flips = [rng.random() < 0.5 for _ in at]
        pixels, kinds, colours, middles = scenes.varied_batch(at, flips, rng)
        choices = [(row, scenes.alternatives(i, rng)) for row, i in enumerate(at[:ALTERNATIVES])]
        groups = [(row, torch.tensor(truth).float()) for row, (_, truth) in choices if truth]
        caption_ids = encode(captions, flips, rng)
        short = [text for text, _ in drawn] + [text for text, _ in bank]
        short_ids = encode(short + [text for _, (texts, _) in choices for text in texts], rng=rng)

        rate = step / options.warmup
        if step > options.warmup:
            progress = (step - options.warmup) / max(1, options.steps - options.warmup)
            rate = 0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2
        for group in optimizer.param_groups:
            group["lr"] = options.rate * rate

        with torch.autocast("cpu", torch.bfloat16):
            tokens = model.image.tokens(pixels)
            images, captioned, asked = model.image.project(tokens[:, 0]), model.text(caption_ids), model.text(short_ids)
            cells = tokens[:, 1:].flatten(0, 1)
            kind_logits, colour_logits, middle_logits = (head(cells).float() for head in heads)
        images, captioned, asked = (F.normalize(part.float(), dim=1) for part in (images, captioned, asked))
        scale = model.log_scale.exp()
        by_query, by_kind = (scale * asked[: len(short)] @ images.T).split([len(at), len(bank)])
        losses = {
            "caption": contrast(scale * captioned @ images.T, scenes.caption_truth(captions, at)),
            "query": contrast(by_query, scenes.truth([fact for _, fact in drawn], at)),
            "object": right_text(by_kind, scenes.truth([fact for _, fact in bank], at)),
            "alternative": right_alternative(asked[len(short) :], images, scale, groups),
            "cellKind": F.cross_entropy(kind_logits, kinds.flatten(), kind_weights),
            "cellColour": F.cross_entropy(colour_logits, colours.flatten()),
            "cellMiddle": F.cross_entropy(middle_logits, middles.flatten().clamp(max=2)),
        }
        losses = {name: losses[name] for name in wanted}
        loss = sum(WEIGHTS[name] * part for name, part in losses.items())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1)
        optimizer.step()
        model.log_scale.data.clamp_(max=math.log(100))
        total += torch.stack([part.detach() for part in losses.values()])

        measured = step % options.measure_every == 0 or step == options.steps
        if measured or step % 50 == 0:
            count = step % 50 or 50
            entry = {
                "step": step,
                "epoch": round(step * options.batch / len(scenes), 2),
                "loss": {name: round(value, 3) for name, value in zip(losses, (total / count).tolist())},
                "temperature": round(math.exp(-model.log_scale.item()), 5),
                "seconds": round(time.monotonic() - start),
            }
            total = torch.zeros(len(wanted))
            if measured:
                entry["heldOut"] = measure(model, held_out, encode, 500)
            write(**entry)
        if time.monotonic() - saved > 180 or step == options.steps:
            save()
            saved = time.monotonic()


if __name__ == "__main__":
    main()
