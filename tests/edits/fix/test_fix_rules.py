"""Each rule: proposals that break it, and near ones that do not."""

import pytest

from editdiff.edits.fix.brackets import (
    closes_blindly,
    closes_early,
    closes_elsewhere,
    closes_nothing,
    doubles_pair,
    halves_pair,
    leaves_comma,
    opens_beside_two,
    opens_elsewhere,
    opens_late,
    opens_nothing,
    pairs_with_nothing,
)
from editdiff.edits.fix.keys import continues_text, leaves_head, loses_colon
from editdiff.edits.fix.marks import (
    alters_operator,
    annotates,
    formats_name,
    leaves_point,
    lists_values,
    quotes_otherwise,
    removes_lone_mark,
    splits_prefix,
    splits_statement,
)
from editdiff.edits.fix.rules import (
    FOR_LINTER,
    FOR_OTHERS,
    FOR_SYNTAX,
    alters_literal,
    broken,
    invents_placeholder,
    invents_word,
    leaves_lines_below,
    leaves_misspelt,
    loses_name,
    makes_comment,
    mixes_indentation,
    reorders_lines,
    steps_unusually,
    swallows_lines,
    touches_ignored,
)
from editdiff.text.document import Document

PROSE = "def head():\n    {}\n\n    return 1\n\n\ndef tail():\n    {}\n    return 2\n"
OPEN = PROSE.format('"""Return the head.', '"""Return the tail."""')

LOOP = (
    "f = () => {\n  links(1);\n  for (;;) {\n    a();\n  }\n  return 2;\n\ng(() => {\n  b();\n});\n"
)
LIST = "x = f(\n    1,\n    2,\n)\ny = f(\n    1,\n    3,\nz = f(1)\n"

BROKEN = [
    (makes_comment, "a.py", "x = f(a b)\n", "x = f(a)  # b)\n"),
    (makes_comment, "a.py", "x = foo bar\n", "# x = foo bar\n"),
    (makes_comment, "a.py", 'x = "a # b" + + c\n', "x = a # b + + c\n"),
    (makes_comment, "a.js", "x = a / b / / c;\n", "x = a / b // c;\n"),
    (makes_comment, "a.sh", "echo a ) b\n", "echo a #) b\n"),
    (makes_comment, "a.c", "int x = 1 +;\n", "int x = 1; //+\n"),
    (swallows_lines, "a.py", OPEN, OPEN.replace('"""Return the tail', "Return the tail")),
    (swallows_lines, "a.py", OPEN, OPEN.replace("return 1", 'return 1"""')),
    (swallows_lines, "a.js", "f(`a);\ng(1);\nh(`b`);\n", "f(`a);\ng(1);\nh(b`);\n"),
    (swallows_lines, "a.c", "int a;\nint b;\n/* c */\n", "int a;/*\nint b;\n/* c */\n"),
    (swallows_lines, "a.sh", 'echo "a\nb\necho c"d"\n', 'echo "a\nb\necho c"d\n'),
    (reorders_lines, "a.py", "y()\nif x:\n", "if x:\ny()\n"),
    (reorders_lines, "a.sh", "then\nif a\nb\nfi\n", "if a\nthen\nb\nfi\n"),
    (mixes_indentation, "a.py", "if x:\n\ty()\nz()\n", "if x:\n\ty()\n    z()\n"),
    (mixes_indentation, "a.py", "if x:\n    y()\n\tz()\n", "if x:\n    y()\n\t  z()\n"),
    (mixes_indentation, "a.py", "if x:\n    y()\nz()\n", "if x:\n    y()\n    \tz()\n"),
    (alters_literal, "a.json", '{"a": 1e+5 "b": 2}\n', '{"a": 1.00, "b": 2}\n'),
    (alters_literal, "a.json", '{"a": 1,5}\n', '{"a": 1.5}\n'),
    (alters_literal, "a.py", "x = [1 2]\n", "x = [12]\n"),
    (alters_literal, "a.py", "x = f(1,\n", "x = f(1, 2)\n"),
    (alters_literal, "a.py", 'x = f("a, b"\n', 'x = f("a. b")\n'),
    (alters_literal, "a.py", "x = 'it's'\n", "x = 'its'\n"),
    (alters_literal, "a.py", "x = f('a b'\n", "x = f('a  b')\n"),
    (alters_literal, "a.py", "x = f(a  # of b\n", "x = f(a)  # of b)\n"),
    (alters_literal, "a.py", "x = y +\n", 'x = y + "z"\n'),
    (loses_name, "a.py", "def f(self x):\n", "def f(x):\n"),
    (loses_name, "a.py", "class A(Base:\n", "class A:\n"),
    (loses_name, "a.py", "class A(Bsae:\n", "class A(Base):\n"),
    (loses_name, "a.py", "else x:\n", "if x:\n"),
    (loses_name, "a.py", "    else\n        y()\n", "    y()\n"),
    (loses_name, "a.py", "def load(path:\n", "def loads(path):\n"),
    (loses_name, "a.cpp", "#ifdef __cplusplus\n", "#ifde(f __cplusplus)\n"),
    (loses_name, "a.js", "if (a) {} esle {}\n", "if (a) {}\n"),
    (invents_word, "a.py", "except A:\nexcept B:\n", "except A:\n    return x\nexcept B:\n"),
    (invents_word, "a.py", "try:\nexcept B:\n", "try: pass\nexcept B:\n"),
    (invents_word, "a.py", "def write_all):\n", "def write(_all):\n"),
    (invents_word, "a.js", "f(a b);\n", "f(a, b, c);\n"),
    (leaves_misspelt, "a.py", "imoprt os\n", "imoprt, os\n"),
    (leaves_misspelt, "a.py", "f(1, lamba: g(1))\n", "f(1, lamba, g(1))\n"),
    (invents_placeholder, "a.py", "try:\nexcept B:\n", "try: ...\nexcept B:\n"),
    (removes_lone_mark, "a.py", "x = f(.g(a)\n", "x = f.g(a)\n"),
    (removes_lone_mark, "a.py", "x = f(a], b)\n", "x = f(a, b)\n"),
    (removes_lone_mark, "a.py", "x = f(a)\n)\ny()\n", "x = f(a)\n  \ny()\n"),
    (removes_lone_mark, "a.py", 'x = [a", b]\n', "x = [a, b]\n"),
    (removes_lone_mark, "a.py", "x += '}\n", "x = []\n"),
    (leaves_point, "a.py", "f(1, 11. 3)\n", "f(1, 11., 3)\n"),
    (closes_early, "a.py", 'x = L["a", "b"\n', 'x = L["a"], "b"\n'),
    (closes_early, "a.py", '    "a": {"b": 1,\n}\n', '    "a": {"b": 1,}\n}\n'),
    (quotes_otherwise, "a.py", """a = "b"\nx = "c'\n""", """a = "b"\nx = 'c'\n"""),
    (closes_blindly, "a.js", "f() {\n  g(\n}\n", "f() {\n  g(\n}}\n"),
    (closes_blindly, "a.js", "if (a) {\n  g()\n\n", "if (a) {\n  g()\n}\n"),
    (splits_statement, "a.js", "x += y y;\n", "x += y; y;\n"),
    (splits_statement, "a.js", '{ a } from "b"\n', '{ a } from: "b"\n'),
    (alters_operator, "a.js", "if (a > > 1) {}\n", "if (a > - 1) {}\n"),
    (alters_operator, "a.py", "if !a:\n", "if a:\n"),
    (alters_operator, "a.py", "if a && b:\n", "if a & b:\n"),
    (quotes_otherwise, "a.json", '{"a": ./b"}\n', '{"a": "/b"}\n'),
    (opens_late, "a.js", "return\n  a: 1\n};\n", "return\n  a: 1\n}{;\n"),
    (opens_late, "a.py", "    a,\n    b,\n)\nx = 1\n", "    a,\n    b,\n()\nx = 1\n"),
    (quotes_otherwise, "a.py", """x = f"c'\n""", """x = f'"c'\n"""),
    (quotes_otherwise, "a.py", 'return f"{a}()\n', 'return f"{a}"()\n'),
    (splits_statement, "a.js", '{ a } from "b"\n', '{ a } from, "b"\n'),
    (splits_statement, "a.js", "f = (a) {\n}\n", "f = (a)\n {\n}\n"),
    (closes_elsewhere, "a.js", LOOP, LOOP.replace("links(1)", "links}(1)")),
    (closes_elsewhere, "a.js", LOOP, LOOP.replace("return 2;", "return 2;}")),
    (closes_elsewhere, "a.py", LIST, LIST.replace("3,", "3),")),
    (
        closes_elsewhere,
        "a.py",
        "X = [\n    A[b,\n    C[b],\n]\n",
        "X = [\n    A[b,\n    C[b],\n]]\n",
    ),
    (
        closes_blindly,
        "a.js",
        "f = () => {\n  for (;;) {\n};\n",
        "f = () => {\n  for (;;) {\n};\n};\n",
    ),
    (leaves_comma, "a.py", "f(\n    a,\n    b,\nx = 1\n", "f(\n    a,\n    b),\nx = 1\n"),
    (opens_late, "a.js", "return\n  a: 1\n};\n}\n", "return\n  a: 1\n}; {\n}\n"),
    (opens_elsewhere, "a.js", "f(a)\n  b();\n}\n", "f(a)\n  {b();\n}\n"),
    (opens_elsewhere, "a.py", "a = 1,\nb = c\n    2,\n)\n", "a = 1,\nb = (c\n    2,\n)\n"),
    (opens_elsewhere, "a.js", "f(a)\n  if (b) {\n  }\n}\n", "f(a)\n  {if (b) {\n  }\n}\n"),
    (
        opens_beside_two,
        "a.py",
        "a: dict, b: str\nx: dictstr, str]\n",
        "a: dict, b: str\nx: [dictstr, str]\n",
    ),
    (invents_word, "a.py", "x = 1\nx size\n", "x = 1\nxsize\n"),
    (lists_values, "a.py", "self.size width\n", "self.size, width\n"),
    (lists_values, "a.js", "let a b;\n", "let a, b;\n"),
    (lists_values, "a.py", "import numpy np\n", "import numpy, np\n"),
    (lists_values, "a.py", "with f(a) b:\n", "with f(a), b:\n"),
    (annotates, "a.py", "size width\n", "size: width\n"),
    (annotates, "a.js", "if (a) {\n  b 1;\n}\n", "if (a) {\n  b: 1;\n}\n"),
    (annotates, "a.ts", "const a b;\n", "const a: b;\n"),
    (splits_statement, "a.js", "x y = 1;\n", "x\ny = 1;\n"),
    (opens_nothing, "a.js", "function f() {]\n}\n", "function f() {[]\n}\n"),
    (opens_nothing, "a.py", 'x = f["a", "b"])\n', 'x = f["a", "b"]()\n'),
    (doubles_pair, "a.py", 'x = {{"a": 1}\n', 'x = {{"a": 1}}\n'),
    (halves_pair, "a.sh", "echo $(a-1)).log\n", "echo $(a-1).log\n"),
    (leaves_lines_below, "a.yaml", "a:\n  b: 1\n c:\n    d: 2\n", "a:\n  b: 1\n    c:\n    d: 2\n"),
    (
        leaves_lines_below,
        "a.yaml",
        "- a:\n  - b\n- c d\n  e: f\n",
        "- a:\n  - b\n  - c d\n  e: f\n",
    ),
    (steps_unusually, "a.yaml", "a:\n  b: 1\n c:\n    d: 2\n", "a:\n  b: 1\nc:\n    d: 2\n"),
    (leaves_lines_below, "a.py", "if x:\ny = (\n    a\n)\n", "if x:\n    y = (\n    a\n)\n"),
    (removes_lone_mark, "a.js", "f(() => {\n};\n", "f(() => {\n})\n"),
    (removes_lone_mark, "a.sh", "done < file)\n", "done < file.\n"),
    (continues_text, "a.yaml", "a:\n  b: c\n  d\n    - e\n", "a:\n  b c\n  d\n    - e\n"),
    (continues_text, "a.yaml", "a:\n  b: c\n  d\n    - e\n", "a:\n b: c\n  d\n    - e\n"),
    (quotes_otherwise, "a.py", "s = 'it's here'\n", "s = 'it''s here'\n"),
    (
        closes_nothing,
        "a.java",
        "class A {\n    void f() {\n    }\n",
        "class A {}\n    void f() {\n    }\n",
    ),
    (pairs_with_nothing, "a.yaml", "a:\n  b: c\n  d\n    - e\n", "a:\n  b:] c\n  d\n    - e\n"),
    (pairs_with_nothing, "a.sh", "done < file)\n", "done < file]\n"),
    (loses_colon, "a.yaml", "a: Re: b\n", "a: Re b\n"),
    (closes_early, "a.c", "int f(int a {\n", "int f(int) a {\n"),
    (closes_early, "a.sh", "a=(b c\n", "a=(b) c\n"),
    (pairs_with_nothing, "a.sh", "a && { b;\n", "a &&: { b;\n"),
    (loses_colon, "a.yaml", "a: Re: b\n", "a: Re:, b\n"),
    (leaves_head, "a.yaml", "on:\n  push\n    to: [x]\n", "on:\n  push\nto: [x]\n"),
    (splits_prefix, "a.py", 'x = f"{y:"\n', 'x = f,"{y:"\n'),
    (formats_name, "a.py", 'x = f"{a b}"\n', 'x = f"{a: b}"\n'),
    (closes_elsewhere, "a.sh", "x=$(ls\necho $x\n", "x=$(ls\necho $x)\n"),
    (opens_elsewhere, "a.sh", "#!/bin/sh\na)\n", "(#!/bin/sh\na)\n"),
    (touches_ignored, "a.py", "x = (1  # editdiff: ignore\n", "x = (1)  # editdiff: ignore\n"),
    (touches_ignored, "a.py", "# editdiff: ignore\nx = (1\n", "# editdiff: ignore\nx = (1)\n"),
]
"""Rule, name of a file, what stood in it, and a proposal."""

KEPT = [
    (makes_comment, "a.py", "x = f(a  # b\n", "x = f(a)  # b\n"),
    (makes_comment, "a.py", 'x = "a  # the name\n', 'x = "a"  # the name\n'),
    (makes_comment, "a.py", 'print("a # b)\n', 'print("a # b")\n'),
    (makes_comment, "a.c", "#define A (1\n", "#define A (1)\n"),
    (makes_comment, "a.py", "x = a / / b\n", "x = a // b\n"),
    (swallows_lines, "a.py", OPEN, OPEN.replace("the head.", 'the head."""')),
    (swallows_lines, "a.js", "f(`a);\ng(1);\n", "f(`a`);\ng(1);\n"),
    (swallows_lines, "a.js", "f(`a {\n};`;\n", "f(`a {\n};`);\n"),
    (swallows_lines, "a.sh", 'echo "a\nb\n', 'echo "a"\nb\n'),
    (reorders_lines, "a.py", "if x\n    y()\n    y()\n", "if x:\n    y()\n"),
    (reorders_lines, "a.py", "x = f(\na\nb\n", "x = f(\na,\nb)\n"),
    (mixes_indentation, "a.py", "if x:\n\ty()\nz()\n", "if x:\n\ty()\n\tz()\n"),
    (mixes_indentation, "a.py", "if x:\n    y()\n  z()\n", "if x:\n    y()\n    z()\n"),
    (mixes_indentation, "a.py", "if x:\n    y()\n\tz(\n", "if x:\n    y()\n\tz()\n"),
    (alters_literal, "a.json", '{"a": 1e+5 "b": 2}\n', '{"a": 1e+5, "b": 2}\n'),
    (alters_literal, "a.json", "{a: 1}\n", '{"a": 1}\n'),
    (alters_literal, "a.py", 'x = f("a, b\n', 'x = f("a, b")\n'),
    (alters_literal, "a.py", "x = 'it's'\n", "x = \"it's\"\n"),
    (alters_literal, "a.py", 'x = ""a"\n', 'x = "a"\n'),
    (alters_literal, "a.py", 'x = f"{g(a}"\n', 'x = f"{g(a)}"\n'),
    (alters_literal, "a.py", 'x = f"{a"\n', 'x = f"{a}"\n'),
    (alters_literal, "a.sh", 'echo "$(a"\n', 'echo "$(a)"\n'),
    (alters_literal, "a.js", "f(`${a`)\n", "f(`${a}`)\n"),
    (alters_literal, "a.py", "x = f(a  # of b\n", "x = f(a)  # of b\n"),
    (alters_literal, "a.py", "x = 1\nx = 1\n", "x = 1\n"),
    (loses_name, "a.py", "def f(self x):\n", "def f(self, x):\n"),
    (loses_name, "a.py", "clas A(Base:\n", "class A(Base):\n"),
    (loses_name, "a.py", "is x:\n", "if x:\n"),
    (loses_name, "a.py", "else if x:\n", "elif x:\n"),
    (loses_name, "a.py", "else x:\n", "elif x:\n"),
    (loses_name, "a.py", "defload(path):\n", "def load(path):\n"),
    (loses_name, "a.py", "imp ort os\n", "import os\n"),
    (loses_name, "a.py", "return return x\n", "return x\n"),
    (loses_name, "a.py", "    else\n    else\n", "    else\n"),
    (loses_name, "a.js", "if (a) {} esle {}\n", "if (a) {} else {}\n"),
    (loses_name, "a.json", '{"a": ture}\n', '{"a": true}\n'),
    (invents_word, "a.py", "def write_all):\nwrite(1)\n", "def write(_all):\nwrite(1)\n"),
    (invents_word, "a.py", "x = 1\ny = lenx)\n", "x = 1\ny = len(x)\n"),
    (invents_word, "a.py", "for x y:\n", "for x in y:\n"),
    (leaves_misspelt, "a.py", "imoprt os\n", "import os\n"),
    (leaves_misspelt, "a.py", "with raises(A:\n", "with raises(A):\n"),
    (leaves_misspelt, "a.py", "retrun = 1\nf(retrun\n", "retrun = 1\nf(retrun)\n"),
    (invents_placeholder, "a.py", "x: tuple[int, ...\n", "x: tuple[int, ...]\n"),
    (removes_lone_mark, "a.py", "x = f((a)\n", "x = f(a)\n"),
    (removes_lone_mark, "a.py", "x = f(a]\n", "x = f(a)\n"),
    (leaves_point, "a.py", "f(1, 11. 3)\n", "f(1, 11, 3)\n"),
    (alters_literal, "a.py", "f(1, 11. 3)\n", "f(1, 11, 3)\n"),
    (closes_early, "a.py", 'x = L["a", "b"\n', 'x = L["a", "b"]\n'),
    (closes_early, "a.py", "x = (a,\n", "x = (a,)\n"),
    (closes_early, "a.json", '{"a": [1, 2,\n "b": 3}\n', '{"a": [1, 2],\n "b": 3}\n'),
    (quotes_otherwise, "a.py", """a = "b"\nx = "c'\n""", """a = "b"\nx = "c"\n"""),
    (closes_blindly, "a.js", "f(() => {\n  g()\n);\n", "f(() => {\n  g()\n});\n"),
    (closes_blindly, "a.js", "f({a: 1);\n", "f({a: 1});\n"),
    (splits_statement, "a.js", "for (i = 0 i < n; i++) {}\n", "for (i = 0; i < n; i++) {}\n"),
    (splits_statement, "a.py", "x = 1\nelse\n", "x = 1\nelse:\n"),
    (alters_operator, "a.js", "if (a > > 1) {}\n", "if (a > 1) {}\n"),
    (alters_operator, "a.py", "if !a:\n", "if not a:\n"),
    (alters_operator, "a.py", "x = a = = b\n", "x = a == b\n"),
    (quotes_otherwise, "a.json", '{"a": ./b"}\n', '{"a": "./b"}\n'),
    (opens_late, "a.js", "} catch (e) }\n}\n", "} catch (e) {}\n}\n"),
    (opens_late, "a.py", "def f):\n", "def f():\n"),
    (quotes_otherwise, "a.py", """x = "it's\n""", """x = "it's"\n"""),
    (quotes_otherwise, "a.py", 'return f(a")\n', 'return f("a")\n'),
    (splits_statement, "a.py", "f(None a)\n", "f(None, a)\n"),
    (splits_statement, "a.py", "x = 1 y = 2\n", "x = 1\ny = 2\n"),
    (closes_elsewhere, "a.js", "f({\n  a: 1\n);\n", "f({\n  a: 1\n});\n"),
    (closes_elsewhere, "a.py", "x = f(\n    a, b\n", "x = f(\n    a, b)\n"),
    (closes_elsewhere, "a.py", "x = f(a,\n      b\n", "x = f(a,\n      b)\n"),
    (closes_elsewhere, "a.js", "x = {a: 1,\n     b: 2;\n", "x = {a: 1,\n     b: 2};\n"),
    (leaves_comma, "a.py", "f(\n    g(a,\n)\n", "f(\n    g(a),\n)\n"),
    (opens_elsewhere, "a.js", "f(a)\n  b();\n}\n", "f(a) {\n  b();\n}\n"),
    (opens_elsewhere, "a.js", "f a, {\n  b: 1,\n});\n", "f(a, {\n  b: 1,\n});\n"),
    (opens_elsewhere, "a.py", "f a,\n  b)\n", "f(a,\n  b)\n"),
    (opens_elsewhere, "a.json", '  "a": 1\n}\n', '  {"a": 1\n}\n'),
    (opens_beside_two, "a.py", "x = size\ny = size_x + 1)\n", "x = size\ny = (size_x + 1)\n"),
    (invents_word, "a.py", "size_x = 1\ny = size_ x\n", "size_x = 1\ny = size_x\n"),
    (lists_values, "a.py", "a b = f(x)\n", "a, b = f(x)\n"),
    (lists_values, "a.py", "f(\n    a b\n)\n", "f(\n    a, b\n)\n"),
    (lists_values, "a.py", "return a b\n", "return a, b\n"),
    (lists_values, "a.py", "from m import a b\n", "from m import a, b\n"),
    (lists_values, "a.js", "let a = 1 b;\n", "let a = 1, b;\n"),
    (annotates, "a.py", "class A:\n    b: int\n    c int\n", "class A:\n    b: int\n    c: int\n"),
    (annotates, "a.py", "x = {\n    a b\n}\n", "x = {\n    a: b\n}\n"),
    (annotates, "a.py", "else\n    x\n", "else:\n    x\n"),
    (annotates, "a.js", "x = {\n  a b\n}\n", "x = {\n  a: b\n}\n"),
    (annotates, "a.ts", "const a b = 1;\n", "const a: b = 1;\n"),
    (removes_lone_mark, "a.js", "f(() => {\n};\n", "f(() => {\n});\n"),
    (continues_text, "a.yaml", "a:\n  b: c\n  d\n    - e\n", "a:\n  b: c\n  d:\n    - e\n"),
    (continues_text, "a.yaml", "- a: &b\n    c 1\n", "- a: &b\n    c: 1\n"),
    (continues_text, "a.yaml", "a: |\n    x\n   y\n    z\n", "a: |\n    x\n    y\n    z\n"),
    (continues_text, "a.yaml", "a: [x,\n  y\n", "a: [x,\n  y]\n"),
    (continues_text, "a.yaml", "a: 'x\n  y'\nb c\n", "a: 'x\n  y'\nb: c\n"),
    (quotes_otherwise, "a.py", "s = '\n", "s = ''\n"),
    (quotes_otherwise, "a.yaml", "s: 'it's here'\n", "s: 'it''s here'\n"),
    (closes_nothing, "a.py", "x = f(\ny = 1\n", "x = f()\ny = 1\n"),
    (pairs_with_nothing, "a.sh", "case $a in\nb c;;\nesac\n", "case $a in\nb) c;;\nesac\n"),
    (pairs_with_nothing, "a.sh", 'echo "${a"\n', 'echo "${a}"\n'),
    (pairs_with_nothing, "a.yaml", "a: [1, 2\n", "a: [1, 2]\n"),
    (loses_colon, "a.yaml", "a:: b\n", "a: b\n"),
    (closes_early, "a.c", "int f(int a {\n", "int f(int a) {\n"),
    (closes_early, "a.sh", "a=(b c\n", "a=(b c)\n"),
    (closes_early, "a.sh", "a=$(b c | d\n", "a=$(b c) | d\n"),
    (pairs_with_nothing, "a.sh", "a && { b\n", "a && { b; }\n"),
    (loses_colon, "a.yaml", "a: Re: b\n", "a: 'Re: b'\n"),
    (leaves_head, "a.yaml", "a: x\n  b: 1\n", "a: x\nb: 1\n"),
    (leaves_head, "a.yaml", "on:\n  push\n    to: [x]\n", "on:\n  push:\n    to: [x]\n"),
    (splits_prefix, "a.py", 'x = (f "a")\n', 'x = (f, "a")\n'),
    (formats_name, "a.py", 'x = f"{a .2f}"\n', 'x = f"{a:.2f}"\n'),
    (closes_elsewhere, "a.sh", "x=$(ls\necho $x\n", "x=$(ls)\necho $x\n"),
    (closes_elsewhere, "a.sh", "x=(\n  a\n  b\n", "x=(\n  a\n  b)\n"),
    (opens_nothing, "a.js", "x = ];\n", "x = [];\n"),
    (opens_nothing, "a.ts", "let x: a];\n", "let x: a[];\n"),
    (doubles_pair, "a.py", "f(a, b))\n", "f((a, b))\n"),
    (doubles_pair, "a.py", 'x = {1: {"a": 1}\n', 'x = {1: {"a": 1}}\n'),
    (doubles_pair, "a.py", "f(g(a)\n", "f(g(a))\n"),
    (doubles_pair, "a.jsx", "<a b={{c: 1} />;\n", "<a b={{c: 1}} />;\n"),
    (halves_pair, "a.sh", "case a in\n\\(\\)) ) b;;\nesac\n", "case a in\n\\(\\) ) b;;\nesac\n"),
    (halves_pair, "a.sh", "echo $(a) )\n", "echo $(a)\n"),
    (leaves_lines_below, "a.yaml", "a:\n  b: 1\n c:\n    d: 2\n", "a:\n  b: 1\n  c:\n    d: 2\n"),
    (leaves_lines_below, "a.yaml", "a:\n b:\n  - c\n", "a:\n  b:\n  - c\n"),
    (steps_unusually, "a.yaml", "a:\n  b: 1\n c:\n  d: 2\n", "a:\n  b: 1\nc:\n  d: 2\n"),
    (steps_unusually, "a.yaml", "a:\n  b: 1\n c:\n- d\n", "a:\n  b: 1\nc:\n- d\n"),
    (leaves_lines_below, "a.py", "for x:\na = 1\n    b = 2\n", "for x:\n    a = 1\n    b = 2\n"),
    (touches_ignored, "a.py", "y = 2  # editdiff: ignore\nx = (1\n", "y = 2  # editdiff: ignore\nx = (1)\n"),
    (touches_ignored, "a.py", "x = ('editdiff: ignore'\n", "x = ('editdiff: ignore')\n"),
]  # fmt: skip


def named(case) -> str:
    return f"{case[0].__name__} {case[1]} {case[3]!r}"


def change(case) -> tuple[Document, Document]:
    _, name, old, new = case
    before = Document.from_bytes(old.encode(), name)
    return before, before.with_text(new)


@pytest.mark.parametrize("case", BROKEN, ids=named)
def test_a_proposal_that_breaks_a_rule_is_refused(case):
    assert broken(*change(case), (case[0],))
    assert broken(*change(case), FOR_SYNTAX)


@pytest.mark.parametrize("case", KEPT, ids=named)
def test_a_near_one_is_not(case):
    assert not broken(*change(case), (case[0],))


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
@pytest.mark.parametrize("case", [*BROKEN, *KEPT], ids=named)
def test_the_line_ending_makes_no_difference(case, ending):
    rule, name, old, new = case
    other = (rule, name, old.replace("\n", ending), new.replace("\n", ending))
    assert broken(*change(other), (rule,)) == broken(*change(case), (rule,))


def test_what_a_linter_or_the_mathematics_may_do_no_fix_of_syntax_may():
    sums = (loses_name, "a.py", "# 2 + 2 = 5 apples\n", "# 2 + 2 = 4 apples\n")
    sorts = (loses_name, "a.py", "import b\nimport a\n", "import a\nimport b\n")
    assert not broken(*change(sums), FOR_OTHERS) and broken(*change(sums), FOR_SYNTAX)
    assert not broken(*change(sorts), FOR_LINTER) and broken(*change(sorts), FOR_OTHERS)


def test_the_same_text_breaks_no_rule():
    document = Document.from_bytes(OPEN.encode(), "a.py")
    assert not broken(document, document, FOR_SYNTAX)
