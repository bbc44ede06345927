"""Tokenizers of public checkpoints: their vocabulary and merges, without what would change a text.

A checkpoint's `tokenizer.json` may normalise a text (NFC), put tokens around it, and find its special tokens in it.
None of that is left here: bytes come back as they were, and a document that spells `<|fim_prefix|>` holds these
characters and no mark. Special tokens are known by name alone (`id_of`). Runs of spaces that some vocabularies add
as tokens of their own are encoded by the ordinary merges.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from editdiff.errors import ModelError
from editdiff.tokens.base import NONE, Special
from editdiff.tokens.byte_level import ByteLevelTokenizer, backend_of, bytes_of

PATTERNS = {
    "qwen2": (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        r"|\s*[\r\n]+|\s+(?!\S)|\s+"
    ),
    "gpt-2": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
}
"""How a text is cut before it is merged, by the name that a GGUF file gives it (`tokenizer.ggml.pre`)."""
PROBE = "a  b\tc\r\n\r\n d e\u0301 \u00e9\x00 <|fim_prefix|> \u4f60\u597d 12\U0001f600\u2028 x"
"""What a tokenizer has to give back as it was."""
HINT = "fetch the model again, or name another model folder with --model"


@dataclass(frozen=True)
class Roles:
    """Which tokens of a checkpoint play the roles of a canvas: names, or ids, which may lie beyond its own."""

    pad: str | int
    mask: str | int
    end: str | int
    gaps: tuple[str | int, ...] = ()
    """Sentinels; none where gaps are told apart by what stands between them."""


class CheckpointTokenizer(ByteLevelTokenizer):
    """The tokenizer of a public checkpoint."""

    @classmethod
    def from_file(cls, path: Path, roles: Roles) -> CheckpointTokenizer:
        """Load a Hugging Face `tokenizer.json` of byte-level BPE.

        Raises:
            ModelError: when the file is missing, broken, of another kind, or lacks a token of `roles`.
        """
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
            added = {token["content"]: int(token["id"]) for token in state["added_tokens"]}
            kind, vocabulary = state["model"]["type"], dict(state["model"]["vocab"])
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise ModelError(f"cannot read the tokenizer {path}: {error!r}", HINT) from error
        if kind != "BPE" or '"ByteLevel"' not in json.dumps(state.get("pre_tokenizer")):
            raise ModelError(f"{path} is no byte-level BPE, but {kind}", HINT)
        for name in added:
            vocabulary.pop(name, None)
        plain = {**state["model"], "vocab": vocabulary}
        cut = _without_prefix(state["pre_tokenizer"])
        kept = {"version": state.get("version", "1.0"), "pre_tokenizer": cut}
        return cls._made(kept | {"model": plain}, vocabulary, added, roles, str(path))

    @classmethod
    def from_vocabulary(
        cls,
        tokens: Sequence[str],
        merges: Iterable[str],
        silent: Collection[int],
        pattern: str,
        roles: Roles,
    ) -> CheckpointTokenizer:
        """Make one from what a GGUF file holds.

        `tokens` are spelt by id, `merges` as two tokens with a space between, the likeliest first; `silent` are ids
        without text (control, user-defined and unused tokens); `pattern` is a name of PATTERNS.

        Raises:
            ModelError: for a pattern that is not known, tokens that are no bytes, or a role that has no token.
        """
        if pattern not in PATTERNS:
            raise ModelError(
                f"how the tokenizer cuts a text, {pattern!r}, is not known here",
                f"known are: {', '.join(PATTERNS)}",
            )
        hidden = set(silent)
        added = {tokens[i]: i for i in sorted(hidden)}
        vocabulary = {token: i for i, token in enumerate(tokens) if i not in hidden}
        cut = {
            "type": "Split",
            "pattern": {"Regex": PATTERNS[pattern]},
            "behavior": "Isolated",
            "invert": False,
        }
        spelt = {
            "type": "ByteLevel",
            "add_prefix_space": False,
            "trim_offsets": False,
            "use_regex": False,
        }
        state = {
            "version": "1.0",
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [cut, spelt]},
            "model": {"type": "BPE", "vocab": vocabulary, "merges": list(merges)},
        }
        return cls._made(state, vocabulary, added, roles, "the vocabulary")

    @classmethod
    def _made(
        cls,
        state: Mapping[str, Any],
        vocabulary: Mapping[str, int],
        added: Mapping[str, int],
        roles: Roles,
        where: str,
    ) -> CheckpointTokenizer:
        size = 1 + max((*vocabulary.values(), *added.values()), default=NONE)
        pieces = [b""] * size
        try:
            for token, i in vocabulary.items():
                pieces[i] = bytes_of(token)
            backend = backend_of(state)
        except KeyError as error:
            raise ModelError(f"{where}: {error} spells no byte", HINT) from error
        except Exception as error:  # the library raises bare Exception
            raise ModelError(f"cannot use the tokenizer of {where}: {error}", HINT) from error
        if missing := 256 - len({piece for piece in pieces if len(piece) == 1}):
            raise ModelError(f"{where}: {missing} of the 256 bytes have no token", HINT)
        special = _special(roles, added, set(range(size)) - set(vocabulary.values()), size)
        made = cls(backend, special, added, pieces)
        if made.decode_bytes(made.encode(PROBE)) != PROBE.encode():
            raise ModelError(f"{where}: a text does not come back as it was", HINT)
        return made


def _without_prefix(part: Any) -> Any:
    """A pre-tokenizer that puts no space before a text."""
    if isinstance(part, list):
        return [_without_prefix(each) for each in part]
    if not isinstance(part, dict):
        return part
    kept = {name: _without_prefix(value) for name, value in part.items()}
    return kept | ({"add_prefix_space": False} if "add_prefix_space" in kept else {})


def _special(roles: Roles, added: Mapping[str, int], silent: Iterable[int], size: int) -> Special:
    """Special ids by their roles, with all that stand for no text."""

    def id_of(role: str | int) -> int:
        if isinstance(role, str) and role not in added:
            raise ModelError(f"the tokenizer has no token {role}", HINT)
        return added[role] if isinstance(role, str) else role

    pad, mask, end = map(id_of, (roles.pad, roles.mask, roles.end))
    return Special.of(pad, mask, end, [id_of(gap) for gap in roles.gaps], silent, size)
