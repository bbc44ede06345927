"""Errors that a user can do something about.

    EditdiffError(message, hint)
    ├── UsageError              flags or positions that make no sense together
    ├── InputError              a file that cannot be edited: missing, a directory, binary,
    │                           not UTF-8, unreadable, read-only, changed on disk
    ├── ModelError              a model folder that is missing, corrupt or does not fit
    ├── MissingDependencyError  an optional package not installed; the hint is the pip line
    ├── FetchError              weights that cannot be fetched or kept: a source that is gone, altered bytes,
    │                           a full disk
    ├── EngineError             an engine that cannot answer: a failed session, a lost service
    └── PostError               a host that does not take a review: a lost network, a rate limit, a token that may
                                not write

Each is caught once, at the edge (command line, language server, CI bot), and shown as message
and hint. Misuse of our functions by our own code is a `ValueError`; "no edit" is a value.
"""

from __future__ import annotations


class EditdiffError(Exception):
    """The base: `message` says which rule was broken by which value, `hint` what to do next."""

    def __init__(self, message: str, hint: str) -> None:
        # both go to Exception, so that the error survives pickling between processes
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class UsageError(EditdiffError):
    """Flags or positions that make no sense together."""


class InputError(EditdiffError):
    """A file that cannot be edited."""


class ModelError(EditdiffError):
    """A model folder that cannot be used."""


class MissingDependencyError(EditdiffError):
    """An optional package that is not installed; the hint is the line that installs it."""


class FetchError(EditdiffError):
    """Weights that cannot be fetched, or not be kept."""


class EngineError(EditdiffError):
    """An engine that cannot answer."""


class PostError(EditdiffError):
    """A host that does not take a review."""
