"""All transformations, with the instructions that ask for them.

A transformation of the author's text is used in two directions. Forward, the author's text is what stands there
and the changed one is asked for. Backward, the changed one stands there and the author's text is asked for:
the better target, because a person wrote it, and so the more frequent one.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from editdiff.training.transforms import (
    blocks,
    branches,
    calls,
    choices,
    comparisons,
    imports,
    loops,
    renaming,
    signatures,
    strings,
    variables,
)
from editdiff.training.transforms.source import Site, Source

Finder = Callable[[Source], Iterator[Site]]


@dataclass(frozen=True)
class Kind:
    """A transformation, and what is asked for in each direction: keys of `wordings.toml`."""

    find: Finder
    forward: tuple[str, ...] = ()
    """Empty: the changed text is never asked for."""
    backward: tuple[str, ...] = ()
    """Empty: the author's text is never asked for, as nobody could derive it."""
    share: float = 0.75
    """Share of the backward direction, where both are possible."""

    def is_backward(self, rng: np.random.Generator) -> bool:
        """Draw a direction."""
        return bool(self.backward) and (not self.forward or rng.random() < self.share)


KINDS: Mapping[str, Kind] = {
    "poor_names": Kind(renaming.poor_names, (), ("rename", "rename", "better_name")),
    "common_names": Kind(renaming.common_names, ("rename",)),
    "add_hints": Kind(signatures.add_hints, ("add_hints",), ("remove_hints",), 0.3),
    "remove_derived_hints": Kind(signatures.remove_derived_hints, (), ("add_hints",)),
    "strip_hints": Kind(signatures.strip_hints, ("remove_hints",)),
    "add_none": Kind(signatures.add_none, ("add_none",), ("remove_none",), 0.3),
    "remove_none": Kind(signatures.remove_none, ("remove_none",), ("add_none",), 0.8),
    "docstring": Kind(signatures.remove_docstring, ("remove_docstring",), ("add_docstring",), 0.8),
    "add_object": Kind(signatures.add_object, (), ("remove_object",)),
    "remove_object": Kind(signatures.remove_object, ("remove_object",)),
    "long_super": Kind(signatures.long_super, (), ("short_super",)),
    "short_super": Kind(signatures.short_super, ("short_super",)),
    "f_to_format": Kind(strings.f_to_format, ("to_format",), ("to_f",)),
    "f_to_percent": Kind(strings.f_to_percent, ("to_percent",), ("to_f",)),
    "format_to_f": Kind(strings.format_to_f, ("to_f",), ("to_format",), 0.3),
    "percent_to_f": Kind(strings.percent_to_f, ("to_f",), ("to_percent",), 0.3),
    "double_quotes": Kind(strings.double_quotes, ("double_quotes",), ("single_quotes",), 0.5),
    "single_quotes": Kind(strings.single_quotes, ("single_quotes",), ("double_quotes",), 0.5),
    "none_equal": Kind(comparisons.none_equal, (), ("none_is",)),
    "none_is": Kind(comparisons.none_is, ("none_is",)),
    "true_equal": Kind(comparisons.true_equal, (), ("true_plain",)),
    "true_plain": Kind(comparisons.true_plain, ("true_plain",)),
    "not_in": Kind(comparisons.not_in, ("not_in",)),
    "in_negated": Kind(comparisons.in_negated, (), ("not_in",)),
    "unchained": Kind(comparisons.unchained, ("unchain",), ("chain",)),
    "chained": Kind(comparisons.chained, ("chain",), ("unchain",), 0.3),
    "types_split": Kind(comparisons.types_split, ("split_types",), ("join_types",)),
    "types_joined": Kind(comparisons.types_joined, ("join_types",), ("split_types",), 0.3),
    "drop_else": Kind(branches.drop_else, ("drop_else",), ("add_else",), 0.4),
    "add_else": Kind(branches.add_else, ("add_else",), ("drop_else",)),
    "guard": Kind(branches.guard, ("guard",), ("nest",), 0.3),
    "nest": Kind(branches.nest, ("nest",), ("guard",)),
    "swap_branches": Kind(branches.swap_branches, ("swap",), ("swap",), 0.6),
    "elif_nested": Kind(branches.elif_nested, ("nest_elif",), ("join_elif",)),
    "elif_joined": Kind(branches.elif_joined, ("join_elif",), ("nest_elif",), 0.3),
    "merge_ifs": Kind(branches.merge_ifs, ("merge_ifs",), ("split_if",), 0.3),
    "split_if": Kind(branches.split_if, ("split_if",), ("merge_ifs",)),
    "ternary_to_if": Kind(choices.ternary_to_if, ("from_ternary",), ("to_ternary",)),
    "if_to_ternary": Kind(choices.if_to_ternary, ("to_ternary",), ("from_ternary",), 0.5),
    "truth_to_if": Kind(choices.truth_to_if, ("from_truth",), ("to_truth",)),
    "if_to_truth": Kind(choices.if_to_truth, ("to_truth",), ("from_truth",), 0.3),
    "inline_variable": Kind(variables.inline_variable, ("inline",), ("extract",), 0.6),
    "extract_variable": Kind(variables.extract_variable, ("extract",), ("inline",), 0.7),
    "augment": Kind(variables.augment, ("augment",), ("unaugment",), 0.3),
    "unaugment": Kind(variables.unaugment, ("unaugment",), ("augment",)),
    "comprehension_to_loop": Kind(loops.comprehension_to_loop, ("to_loop",), ("to_comprehension",)),
    "loop_to_comprehension": Kind(
        loops.loop_to_comprehension, ("to_comprehension",), ("to_loop",), 0.5
    ),
    "enumerate_to_range": Kind(loops.enumerate_to_range, ("counted",), ("enumerate",)),
    "range_to_enumerate": Kind(loops.range_to_enumerate, ("enumerate",), ("counted",), 0.3),
    "name_arguments": Kind(calls.name_arguments, ("name_arguments",), ("unname_arguments",), 0.5),
    "unname_arguments": Kind(calls.unname_arguments, ("unname_arguments",), ("name_arguments",)),
    "call_to_literal": Kind(calls.call_to_literal, ("to_literal",), ("to_call",), 0.3),
    "literal_to_call": Kind(calls.literal_to_call, ("to_call",), ("to_literal",)),
    "generator_to_brackets": Kind(
        calls.generator_to_brackets, ("to_brackets",), ("to_generator",), 0.3
    ),
    "brackets_to_generator": Kind(calls.brackets_to_generator, ("to_generator",), ("to_brackets",)),
    "with_to_try": Kind(blocks.with_to_try, ("from_with",), ("to_with",)),
    "try_to_with": Kind(blocks.try_to_with, ("to_with",), ("from_with",), 0.3),
    "split_with": Kind(blocks.split_with, ("split_with",), ("merge_withs",)),
    "merge_withs": Kind(blocks.merge_withs, ("merge_withs",), ("split_with",), 0.3),
    "split_imports": Kind(imports.split_imports, ("split_imports",), ("join_imports",), 0.3),
    "join_imports": Kind(imports.join_imports, ("join_imports",), ("split_imports",)),
    "shuffle_imports": Kind(imports.shuffle_imports, (), ("sort_imports",)),
    "shuffle_names": Kind(imports.shuffle_names, (), ("sort_names",)),
}
"""Name to transformation; drawn evenly from those that a file has."""


@cache
def wordings() -> Mapping[str, tuple[str, ...]]:
    """What can be asked for, and in which words."""
    text = files("editdiff.training.transforms").joinpath("wordings.toml").read_text("utf-8")
    return {key: tuple(lines) for key, lines in tomllib.loads(text).items()}


QUOTES = ("{}", "{}", "`{}`", "`{}`", "'{}'", '"{}"')
"""How a name stands in an instruction."""


PLAIN = frozenset({"what"})
"""Words that are not names of the document, and so never quoted."""


def phrase(keys: Sequence[str], words: Mapping[str, str], rng: np.random.Generator) -> str:
    """An instruction for one of the things that can be asked for."""
    lines = wordings()[keys[int(rng.integers(len(keys)))]]
    fitting = [line for line in lines if _needed(line) <= set(words)]
    line = fitting[int(rng.integers(len(fitting)))]
    quotes = QUOTES[int(rng.integers(len(QUOTES)))]
    begins = line.startswith("{")
    quoted = {name: quotes.format(word) for name, word in words.items()}
    text = line.format_map(quoted | {name: words[name] for name in PLAIN & words.keys()})
    if rng.random() < 0.05 and not begins:
        text = f"please {text}"
    if rng.random() < 0.5 and not begins:
        text = text[0].upper() + text[1:]
    if text.endswith("?"):
        return text if rng.random() < 0.8 else text[:-1]
    return text + "." if rng.random() < 0.35 else text


def _needed(line: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(line) if name}
