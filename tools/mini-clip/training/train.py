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
from torch import Tensor
from torch.nn import functional as F

from data import CATEGORIES, Scenes, TextEncoder
from model import Clip, Config
from tokenizer import Tokenizer

HERE = Path(__file__).parent


def contrast(logits: Tensor, truth: Tensor) -> Tensor:
    """CLIP's symmetric cross-entropy, where a text may be true of several pictures: each is an equally right answer."""
    truth = truth.float()
    by_text = F.cross_entropy(logits, truth / truth.sum(1, keepdim=True), label_smoothing=0.02)
    by_image = F.cross_entropy(logits.T, (truth / truth.sum(0)).T, label_smoothing=0.02)
    return (by_text + by_image) / 2


def identical(texts: list[str]) -> Tensor:
    return torch.tensor([[one == other for other in texts] for one in texts])


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
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--warmup", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--measure-every", type=int, default=200)
    parser.add_argument("--stem", default=Config.stem)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False
    rng = random.Random(options.seed)
    start = time.monotonic()

    scenes, held_out = Scenes(options.train), Scenes(options.held_out)
    config = Config(stem=options.stem)
    encode = TextEncoder(Tokenizer(options.tokenizer), scenes.texts(), config.context)
    model = Clip(config, encode.known_ids).train()
    model.image.to(memory_format=torch.channels_last)

    matrices = [weight for weight in model.parameters() if weight.ndim > 1]
    others = [weight for weight in model.parameters() if weight.ndim <= 1]
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
    total, saved = 0.0, start
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
        pixels = scenes.varied_batch(at, flips, rng)
        ids = encode(captions + [text for text, _ in drawn], flips + flips, rng)
        truth = scenes.truth([fact for _, fact in drawn], at)

        rate = step / options.warmup
        if step > options.warmup:
            progress = (step - options.warmup) / max(1, options.steps - options.warmup)
            rate = 0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2
        for group in optimizer.param_groups:
            group["lr"] = options.rate * rate

        with torch.autocast("cpu", torch.bfloat16):
            images, texts = model.image(pixels), model.text(ids)
        images, texts = F.normalize(images.float(), dim=1), F.normalize(texts.float(), dim=1)
        logits = model.log_scale.exp() * texts @ images.T
        loss = (contrast(logits[: len(at)], identical(captions)) + contrast(logits[len(at) :], truth)) / 2
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        model.log_scale.data.clamp_(max=math.log(100))
        total += loss.item()

        measured = step % options.measure_every == 0 or step == options.steps
        if measured or step % 50 == 0:
            count = step % 50 or 50
            entry = {
                "step": step,
                "epoch": round(step * options.batch / len(scenes), 2),
                "loss": round(total / count, 4),
                "temperature": round(math.exp(-model.log_scale.item()), 5),
                "seconds": round(time.monotonic() - start),
            }
            total = 0.0
            if measured:
                entry["heldOut"] = measure(model, held_out, encode, 500)
            write(**entry)
        if time.monotonic() - saved > 180 or step == options.steps:
            save()
            saved = time.monotonic()


if __name__ == "__main__":
    main()
