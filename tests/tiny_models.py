"""Tiny models of every family, for the contract that all of them keep."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer as Backend
from tokenizers import models, pre_tokenizers, trainers

from editdiff.families.base import Traits
from editdiff.families.canvas.config import NetworkConfig
from editdiff.families.canvas.torch_denoiser import TorchDenoiser
from editdiff.families.canvas.transformer import CanvasTransformer
from editdiff.prompt.fim import FillInMiddle
from editdiff.tokens.byte_level import byte_of_character
from editdiff.tokens.checkpoint import CheckpointTokenizer, Roles

MARKS = ("<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|endoftext|>", "<|mask|>")
GAPS = ("<|gap_0|>", "<|gap_1|>", "<|gap_2|>")
ROLES = Roles("<|endoftext|>", "<|mask|>", "<|endoftext|>", GAPS)
CORPUS = ("def area(width, height):\n    return width * height\n", "é 你好 😀 x = 1\r\n\r\n")
SPARE = 9
"""Rows of a network behind the ids of its tokenizer."""


def write_tokenizer(path: Path, names: Sequence[str] = (*MARKS, *GAPS)) -> Path:
    """A checkpoint's tokenizer.json: id 0 is text, the special tokens come last and are matched in texts."""
    backend = Backend(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    backend.train_from_iterator(CORPUS, trainer)
    backend.add_special_tokens(list(names))
    state = json.loads(backend.to_str())
    state["normalizer"] = {"type": "NFC"}
    path.write_text(json.dumps(state), encoding="utf-8")
    return path


def pairs_tokenizer() -> CheckpointTokenizer:
    """All pairs of bytes, then the bytes, as a GGUF file would hold them: most ids are above 65,535."""
    spelt = {byte: character for character, byte in byte_of_character().items()}
    single = [spelt[byte] for byte in range(256)]
    pairs = [a + b for a in single for b in single]
    tokens = [*pairs, *single, *MARKS, *GAPS]
    merges = [f"{a} {b}" for a in single for b in single]
    silent = range(len(tokens) - len(MARKS) - len(GAPS), len(tokens))
    return CheckpointTokenizer.from_vocabulary(tokens, merges, silent, "qwen2", ROLES)


def checkpoint_style(folder: Path) -> TorchDenoiser:
    """A random network with a checkpoint's tokenizer and form of context, and more rows than ids."""
    path = write_tokenizer(folder / "tokenizer.json")
    tokenizer = CheckpointTokenizer.from_file(path, ROLES)
    torch.manual_seed(0)
    shape = NetworkConfig(
        tokenizer.vocab_size + SPARE, n_layer=2, n_embd=32, n_head=4, n_ff=48, max_context=128
    )
    network = CanvasTransformer(shape)
    with torch.no_grad():
        for p in network.parameters():
            p.mul_(4.0)  # sure enough of something to differ from place to place
        plain = [i for i in range(tokenizer.vocab_size) if tokenizer.decode_bytes([i]).isascii()]
        network.embed.weight[plain] *= 4.0  # and of ASCII, or nearly no draft would be UTF-8
    traits = Traits(shape.max_context, shape.traits.canvases, gaps=len(GAPS))
    return TorchDenoiser(network, tokenizer, FillInMiddle(tokenizer), traits)


def write_bigram(folder: Path) -> Path:
    """A model folder of the family that CONTRIBUTING adds."""
    folder.mkdir(parents=True, exist_ok=True)
    path = write_tokenizer(folder / "tokenizer.json", (*MARKS, *GAPS[:2]))
    size = CheckpointTokenizer.from_file(path, replace(ROLES, gaps=GAPS[:2])).vocab_size
    np.save(folder / "table.npy", np.random.default_rng(0).normal(0, 4, (size, size)))
    (folder / "manifest.json").write_text(json.dumps({"format": 1, "family": "bigram"}))
    return folder
