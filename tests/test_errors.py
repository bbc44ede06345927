import pickle
from collections.abc import Iterator

import pytest

from editdiff import errors
from editdiff.errors import EditdiffError


def tree(base: type[EditdiffError]) -> Iterator[type[EditdiffError]]:
    yield base
    for child in base.__subclasses__():
        yield from tree(child)


def test_the_tree_has_the_errors_that_the_edges_tell_apart():
    names = {error.__name__ for error in tree(EditdiffError)}
    assert names >= {
        "UsageError",
        "InputError",
        "ModelError",
        "MissingDependencyError",
        "EngineError",
        "FetchError",
    }


@pytest.mark.parametrize("error", list(tree(EditdiffError)), ids=lambda error: error.__name__)
def test_every_error_has_a_message_and_a_hint_and_survives_pickling(error):
    raised = error("a rule and a value", "what to do next")
    for one in (raised, pickle.loads(pickle.dumps(raised))):
        assert type(one) is error
        assert (str(one), one.message, one.hint) == (
            "a rule and a value",
            "a rule and a value",
            "what to do next",
        )
    with pytest.raises(TypeError):
        error("a message without a hint")


def test_the_docstring_of_the_module_is_the_whole_tree():
    drawn = [line for line in errors.__doc__.splitlines() if "─ " in line]
    ours = [error for error in tree(EditdiffError) if error.__module__ == errors.__name__]
    assert [line.split("─ ")[1].split()[0] for line in drawn] == [e.__name__ for e in ours[1:]]
