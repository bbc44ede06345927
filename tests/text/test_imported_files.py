"""What a text imports, and where that may lie."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.text.imports import ANYWHERE, Target, imported


def first(text: str, language: str) -> list[Target]:
    """The likeliest file of each import."""
    return [targets[0] for targets in imported(text, language)]


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("import a.b\n", [(ANYWHERE, "a/b.py")]),
        ("import a, b as c\n", [(ANYWHERE, "a.py"), (ANYWHERE, "b.py")]),
        ("from a import B\n", [(ANYWHERE, "a.py"), (ANYWHERE, "a/B.py")]),
        ("from . import x\n", [(0, "x.py")]),
        ("from ..a.b import c\n", [(1, "a/b.py"), (1, "a/b/c.py")]),
        ("from .a import (\n    b,  # why\n    c as d,\n)\n", [(0, "a.py"), (0, "a/b.py"), (0, "a/c.py")]),
        ("from .a import *\n", [(0, "a.py")]),
        ("    from .a import b\n", [(0, "a.py"), (0, "a/b.py")]),
        ("x = 'from a'\nfromage = 1\n", []),
    ],
)  # fmt: skip
def test_python_imports_modules_and_what_may_be_one(text, targets):
    assert [tuple(target) for target in first(text, "python")] == targets


def test_a_module_of_python_may_be_a_package():
    (targets,) = imported("import a\n", "python")
    assert [target.path for target in targets] == ["a.py", "a/__init__.py", "a.pyi"]


def test_a_file_that_does_not_parse_imports_all_the_same():
    text = "from .a import b\ndef (:\n  ??? \nimport c\n"
    assert {target.path for target in first(text, "python")} == {"a.py", "a/b.py", "c.py"}


@pytest.mark.parametrize(
    "text",
    [
        "import x from './lib/a'\n",
        'import { y,\n z } from "./lib/a";\n',
        "import './lib/a'\n",
        "const a = require('./lib/a')\n",
        "export * from './lib/a'\n",
        "const a = await import('./lib/a')\n",
    ],
)
@pytest.mark.parametrize("language", ["javascript", "typescriptreact"])
def test_scripts_leave_out_extensions_and_index(text, language):
    (targets,) = imported(text, language)
    assert {Target(0, "./lib/a.ts"), Target(0, "./lib/a.js"), Target(0, "./lib/a/index.tsx")} <= {
        *targets
    }


def test_a_script_of_typescript_names_what_it_will_be_compiled_to():
    (targets,) = imported("import a from './a.js'\n", "typescript")
    assert [target.path for target in targets[:2]] == ["./a.js", "./a.ts"]


def test_a_package_of_scripts_is_none_of_the_project():
    assert imported("import fs from 'fs'\nimport x from '@a/b'\n", "javascript") == []


def test_an_include_in_quotes_is_looked_for_beside_the_file_first():
    text = '#include <stdio.h>\n#  include "a/b.h"\n'
    assert imported(text, "c") == [[Target(0, "a/b.h"), Target(ANYWHERE, "a/b.h")]]


def test_of_other_languages_nothing_is_known():
    assert imported("import a\n", "java") == []


@given(
    st.text("from imprt.(),*#\n'\"./ab", max_size=60),
    st.sampled_from(["python", "c", "typescript"]),
)
def test_any_text_at_all_is_read(text, language):
    for targets in imported(text, language):
        assert targets and all(target.path for target in targets)
