"""CLIP's byte-pair tokenizer for the captions of the generator, and the writer of `tokenizer.json`.

The ids equal those of @clipfind/core for clean text (evaluate.ts checks it); what core cleans away (mojibake, HTML,
curly quotes) does not occur in generated captions.

    python tokenizer.py MERGES OUT

writes `tokenizer.json` from `bpe_simple_vocab_16e6.txt.gz`, the file of OpenAI's CLIP that open_clip_torch ships.
"""

import gzip
import json
import re
import sys
from functools import lru_cache

START, END = "<|startoftext|>", "<|endoftext|>"
VOCABULARY_SIZE = 49408
WORD = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|(?:[^\s\w]|_)+")


def byte_symbols() -> list[str]:
    """The printable character that stands for each byte, as in GPT-2."""
    symbols, following = [], 0x100
    for byte in range(256):
        if 0x20 < byte < 0x7F or (byte > 0xA0 and byte != 0xAD):
            symbols.append(chr(byte))
        else:
            symbols.append(chr(following))
            following += 1
    return symbols


class Tokenizer:
    """Encodes texts as CLIP's ids, without start and end token."""

    def __init__(self, path: str):
        with open(path, encoding="utf8") as file:
            model = json.load(file)["model"]
        self.ids: dict[str, int] = model["vocab"]
        self.ranks = {tuple(merge.split(" ")): rank for rank, merge in enumerate(model["merges"])}
        self.start, self.end = self.ids[START], self.ids[END]
        self.symbols = byte_symbols()

    @lru_cache(maxsize=None)
    def word(self, word: str) -> tuple[int, ...]:
        """Ids of one word, merged."""
        parts = self._spelled(word)
        while len(parts) > 1:
            pairs = list(zip(parts, parts[1:]))
            best = min(range(len(pairs)), key=lambda at: self.ranks.get(pairs[at], 1 << 30))
            if pairs[best] not in self.ranks:
                break
            parts[best : best + 2] = ["".join(pairs[best])]
        return tuple(self.ids[part] for part in parts)

    @lru_cache(maxsize=None)
    def spelled(self, word: str) -> tuple[int, ...]:
        """Ids of one word, byte by byte."""
        return tuple(self.ids[part] for part in self._spelled(word))

    def words(self, text: str) -> list[str]:
        return WORD.findall(text.lower())

    def encode(self, text: str) -> list[int]:
        return [token for word in self.words(text) for token in self.word(word)]

    def byte_ids(self) -> list[int]:
        """Ids of the tokens of one byte, inside a word and at its end."""
        return [self.ids[symbol + ending] for ending in ("", "</w>") for symbol in self.symbols]

    def _spelled(self, word: str) -> list[str]:
        parts = [self.symbols[byte] for byte in word.encode()]
        parts[-1] += "</w>"
        return parts


def write_tokenizer(merges_path: str, out: str) -> None:
    """Writes the layout of the `tokenizers` library, without white space."""
    with gzip.open(merges_path, "rt", encoding="utf8") as file:
        lines = file.read().split("\n")
    # The first line is a comment; CLIP uses as many merges as fit its vocabulary.
    merges = lines[1 : VOCABULARY_SIZE - 512 - 2 + 1]
    # CLIP orders the bytes as GPT-2 does: printable ones first.
    symbols = sorted(byte_symbols(), key=lambda symbol: (ord(symbol) >= 0x100, ord(symbol)))
    tokens = [*symbols, *(symbol + "</w>" for symbol in symbols), *(merge.replace(" ", "") for merge in merges)]
    tokens += [START, END]
    vocabulary = {token: at for at, token in enumerate(tokens)}
    assert len(vocabulary) == VOCABULARY_SIZE and vocabulary[END] == 49407 and vocabulary["a</w>"] == 320

    def special(content: str) -> dict:
        flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        return {"id": vocabulary[content], "content": content, **flags}

    pattern = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    root = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [special(START), special(END)],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "NFC"},
                {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "},
                {"type": "Lowercase"},
            ],
        },
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Removed", "invert": True},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True},
            ],
        },
        "post_processor": {
            "type": "RobertaProcessing",
            "sep": [END, vocabulary[END]],
            "cls": [START, vocabulary[START]],
            "trim_offsets": False,
            "add_prefix_space": False,
        },
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": END,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "</w>",
            "fuse_unk": False,
            "vocab": vocabulary,
            "merges": merges,
        },
    }
    with open(out, "w", encoding="utf8", newline="\n") as file:
        json.dump(root, file, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    write_tokenizer(*sys.argv[1:])
