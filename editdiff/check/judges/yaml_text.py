"""YAML by PyYAML's parser, which huggingface_hub brings: its events alone, so nothing is built or loaded."""

from __future__ import annotations

import importlib
import time
from typing import Any

from editdiff.check.judges.base import Accepted, Rejected, Unjudged, Verdict
from editdiff.text.document import Document
from editdiff.text.span import Span

LONGEST = 1_000_000
"""Code points for libyaml."""
SLOW_LONGEST = 50_000
"""The same for PyYAML's own parser, which reads about 50 a millisecond."""

SECONDS = 3.0
"""Time for one text: deep nesting costs the square of its depth."""


class YamlJudge:
    """YAML 1.1, and most of 1.2."""

    def judge(self, document: Document) -> Verdict:
        """Parse the text to events."""
        text = document.text
        try:
            yaml: Any = importlib.import_module("yaml")
        except ImportError:
            return Unjudged("PyYAML is not installed")
        began = time.monotonic()
        fast = hasattr(yaml, "CSafeLoader")
        if len(text) > (LONGEST if fast else SLOW_LONGEST):
            return Unjudged("it is too long")
        try:
            for _ in yaml.parse(text, Loader=yaml.CSafeLoader if fast else yaml.SafeLoader):
                if time.monotonic() - began > SECONDS:
                    return Unjudged(f"PyYAML took longer than {SECONDS:g} s")
        except yaml.reader.ReaderError:  # an emoji, of which old versions know nothing
            return Unjudged("PyYAML does not take one of its characters")
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            at = min(mark.index, len(text)) if mark else 0
            span = Span(at, min(at + 1, len(text))) if mark else Span(0, len(text))
            return Rejected(str(error.problem or error.context), span)
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            return Unjudged(f"PyYAML gave up: {str(error)[:80]}")
        return Accepted()
