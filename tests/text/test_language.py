import pytest

from editdiff.text import language
from editdiff.text.document import Document
from editdiff.text.language import from_editor, language_of

SUFFIXES = {
    "python": ".py .pyi .pyw",
    "javascript": ".js .mjs .cjs",
    "javascriptreact": ".jsx",
    "typescript": ".ts .mts .cts",
    "typescriptreact": ".tsx",
    "json": ".json .ipynb",
    "jsonc": ".jsonc",
    "markdown": ".md .markdown",
    "rust": ".rs",
    "go": ".go",
    "c": ".c .h",
    "cpp": ".cc .cpp .cxx .hh .hpp .hxx",
    "java": ".java",
    "shellscript": ".sh .bash",
    "html": ".html .htm",
    "css": ".css",
    "toml": ".toml",
    "yaml": ".yaml .yml",
    "latex": ".tex",
    "sql": ".sql",
}


@pytest.mark.parametrize("expected", SUFFIXES)
def test_a_suffix_tells_the_language_in_any_case_and_folder(expected):
    for suffix in SUFFIXES[expected].split():
        assert language_of("a.b" + suffix) == expected
        assert language_of("file:///x.py/é" + suffix.upper()) == expected


def test_no_suffix_is_left_out_of_this_table():
    assert set(" ".join(SUFFIXES.values()).split()) == set(language.SUFFIXES)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Cargo.lock", "toml"),
        ("a/Pipfile.lock", "json"),
        ("~/.bashrc", "shellscript"),
        ("x/SConstruct", "python"),
        ("cargo.lock", ""),  # such names are exact
        ("yarn.lock", ""),
        ("Makefile", ""),
        (".py", ""),
        ("x.py.bak", ""),
        ("", ""),
    ],
)
def test_a_whole_name_tells_it_where_the_suffix_does_not(path, expected):
    assert language_of(path) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("#!/usr/bin/python3", "python"),
        ("#! /usr/local/bin/python3.11 -I", "python"),
        ("#!/bin/sh", "shellscript"),
        ("#!/bin/bash -eu", "shellscript"),
        ("#!/usr/bin/env node", "javascript"),
        ("#!/usr/bin/env -S node --no-warnings", "javascript"),
        ("#!/usr/bin/env -Sbash -x", "shellscript"),
        ("#!/usr/bin/env -vS LANG=C PATH=/bin/sh python3 -u", "python"),
        ("#!/usr/bin/env --split-string=deno run", "typescript"),
        ("#!/usr/bin/env -S uv run --script", "python"),
        ("#!/usr/bin/perl /usr/bin/python3", ""),  # the interpreter is perl
        ("#!/usr/bin/env zsh", ""),
        ("#!/usr/bin/env", ""),
        ("#!", ""),
        ("# !/bin/sh", ""),
        (" #!/bin/sh", ""),
        ("\n#!/bin/sh", ""),
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\nnode\n", "\rpython\r"])
def test_the_first_line_names_the_interpreter(line, expected, end):
    assert language_of("tool", line + end) == expected
    assert Document.from_bytes((line + end).encode(), "bin/tool").language == expected


def test_a_known_name_goes_before_the_first_line():
    assert language_of("a.ts", "#!/usr/bin/env node\n") == "typescript"
    assert language_of("a.in", "#!/usr/bin/env node\n") == "javascript"


def test_a_byte_order_mark_does_not_hide_the_first_line():
    assert Document.from_bytes(b"\xef\xbb\xbf#!/bin/sh\n").language == "shellscript"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("class A;\n", "cpp"),
        ("  class API A : public B {\n};\n", "cpp"),
        ("#pragma once\r\nnamespace a::b\r\n{\r\n}\r\n", "cpp"),
        ("template <class T>\nvoid f(T);\n", "cpp"),
        ("int f(std::string);\n", "cpp"),
        ("int f(int *x);\n", "c"),
        ("/* using std, a template,\n   class of things\n   public and private: */\n", "c"),
        ("struct class { int namespace; };\n", "c"),
        ("", "c"),
    ],
)
def test_a_header_is_cpp_when_it_has_what_only_cpp_has(text, expected):
    assert language_of("a.h", text) == expected
    assert language_of("A.H", text) == expected
    assert language_of("a.c", text) == "c"


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("python", "python"),
        ("javascriptreact", "javascriptreact"),
        ("typescriptreact", "typescriptreact"),
        ("shellscript", "shellscript"),
        ("JSON", "json"),
        ("jsonc", "jsonc"),
        ("sh", "shellscript"),
        ("bash", "shellscript"),
        ("tsx", "typescriptreact"),
        ("javascript.jsx", "javascriptreact"),
        ("dockercompose", "yaml"),
        ("plaintext", ""),
        ("haskell", "haskell"),
        ("", ""),
    ],
)
def test_editors_names_become_ours(identifier, expected):
    assert from_editor(identifier) == expected
    assert from_editor(expected) == expected


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.py", "# a completion  -*- shell-script -*-\n", "shellscript"),
        ("a.h", "// -*- C++ -*-\n", "cpp"),
        ("vector", "// -*- C++ -*-", "cpp"),
        ("a", "# -*- mode: python; coding: utf-8 -*-\n", "python"),
        ("a.py", "# -*- coding: utf-8 -*-\n", "python"),
        ("a.py", "# -*- mode: klingon -*-\n", "python"),
        ("a.c", "int x;\n/* -*- C++ -*- */\n", "c"),
    ],
)
def test_a_mode_in_the_first_line_is_believed_before_the_name(path, text, expected):
    assert language_of(path, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("typedef Op<internal::abs<S>, const D> R;\n", "cpp"),
        ("A::~A() {}\n", "cpp"),
        ("// as in a::b\nint x;\n", "c"),
        (' * see a::b\nchar *x = "a::b";\n', "c"),
    ],
)
def test_a_header_with_names_of_a_scope_is_cpp(text, expected):
    assert language_of("a.h", text) == expected
