"""Files of every awkward kind, and hypothesis strategies for texts and edits."""

import codecs

from hypothesis import strategies as st

from editdiff.text.edit import Edits, TextEdit
from editdiff.text.span import Span

ZOO = {
    "empty": b"",
    "only a newline": b"\n",
    "lf": b"def f(x):\n    return x\n",
    "crlf": b"def f(x):\r\n    return x\r\n",
    "mixed endings": b"a\nb\r\nc\rd\n\r\n\re",
    "lone cr": b"a\rb\r\rc",
    "bom": codecs.BOM_UTF8 + b"x = 1\n",
    "only a bom": codecs.BOM_UTF8,
    "two boms": codecs.BOM_UTF8 * 2 + b"x\n",
    "bom and crlf": codecs.BOM_UTF8 + "é = '😀'\r\n".encode(),
    "emoji": "s = '👩‍👩‍👧 😋 🇳🇿'\nt = '😀'\n".encode(),
    "combining marks": "e\u0301 = 'a\u0308\u0323'  # ẛ̣\n".encode(),
    "tabs": b"if x:\n\ty\n \tz\n\t\n",
    "form feed": b"import a\n\x0c\nclass B:\x0b\x1c\x1d\n    pass\n",
    "line separators": "a\u2028b\u2029c\u0085d\n".encode(),
    "no final newline": b"a\nb",
    "trailing blanks": b"a  \nb\t \n\n\n",
    "wide": "変数 = 1  # العربية\n".encode(),
}

CHARACTERS = "ab =\n\r\t\x0c\u2028\u0085éß\u0301😀\ufeff"
texts = st.lists(
    st.sampled_from(["\r\n", "\n", "a\n", "b\r\n", *CHARACTERS]) | st.characters(codec="utf-8"),
    max_size=30,
).map(lambda parts: "".join(parts).replace("\0", ""))


@st.composite
def related_texts(draw):
    """A text and a version of it with some parts replaced, as an edit leaves them."""
    before = draw(texts)
    return before, draw(edits_of(before)).apply(before)


@st.composite
def edits_of(draw, text):
    """Sorted disjoint edits of `text`, touching ones and repeated insertions among them."""
    borders = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pairs = zip(borders[::2], borders[1::2], strict=False)
    return Edits(tuple(TextEdit(Span(start, end), draw(texts)) for start, end in pairs))
