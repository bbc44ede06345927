import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.prompt.base import ContextParts
from editdiff.prompt.positions import Marks
from editdiff.prompt.sections import MAX_TAIL, Sections
from editdiff.prompt.windows import split_line
from editdiff.text.span import Span
from editdiff.tokens.bpe import SPECIAL_TOKENS
from editdiff.tokens.byte_tokenizer import ByteTokenizer

MARKS = Marks.own()

T = ByteTokenizer()
S = T.special


def sections(parts: ContextParts, budget: int = 200) -> dict[int, str]:
    """Text of each section by its opening id."""
    found: dict[int, list[int]] = {}
    for i in Sections(T).ids(parts, budget).tolist():
        if i < len(SPECIAL_TOKENS):
            found[i] = current = []
        else:
            current.append(i)
    return {opening: T.decode(ids) for opening, ids in found.items()}


def test_sections_stand_in_cache_order_suffix_first() -> None:
    ids = Sections(T).ids(ContextParts("a = ", ")\nb\n", "x.py"), 200).tolist()
    assert [i for i in ids if i < len(SPECIAL_TOKENS)] == [
        MARKS.file,
        MARKS.suf,
        MARKS.pre,
        MARKS.tail,
        MARKS.fill,
    ]
    assert ids[-1] == MARKS.fill


def test_each_section_holds_its_text() -> None:
    found = sections(ContextParts("a = (", ")\nb\n", "x.py"))
    assert found == {
        MARKS.file: "x.py",
        MARKS.suf: "\nb\n",
        MARKS.pre: "a = (",
        MARKS.tail: ")",
        MARKS.fill: "",
    }


def test_old_and_ask_are_shown_when_given() -> None:
    found = sections(ContextParts("a", "b", old="before", ask="rename"))
    assert found[MARKS.old] == "before"
    assert found[MARKS.ask] == "rename"


def test_the_suffix_begins_at_the_first_line_break_of_any_kind() -> None:
    assert split_line("ab\r\ncd") == ("ab", "\r\ncd")
    assert split_line("ab\rcd\n") == ("ab", "\rcd\n")
    assert split_line("no end") == ("no end", "")


@given(st.text(), st.text(), st.integers(0, 300))
def test_the_budget_is_kept(before: str, after: str, budget: int) -> None:
    found = Sections(T).ids(ContextParts(before, after), budget)
    assert len(found) <= budget + MAX_TAIL + 5


@given(st.text(max_size=300), st.text(max_size=40), st.integers(60, 200))
def test_typing_appends_to_the_context_or_moves_its_start_by_a_jump(
    before: str, typed: str, budget: int
) -> None:
    a = sections(ContextParts(before, "\nend"), budget)[MARKS.pre]
    b = sections(ContextParts(before + typed, "\nend"), budget)[MARKS.pre]
    ours, theirs = len(before.encode()), len((before + typed).encode())
    start_a, start_b = ours - len(a.encode()), theirs - len(b.encode())
    if all(ord(c) < 128 for c in before + typed):  # starts in bytes are exact for ASCII only
        assert start_b == start_a or start_b - start_a >= min(256, budget // 2) - 3


def test_text_far_away_is_not_looked_at() -> None:
    near = "x = 1\n" * 2000
    far = ContextParts("y" * 10_000_000 + "\n" + near, "z\n" * 5_000_000)
    close = ContextParts(near[-2400:], "z\n" * 400)
    assert sections(far, 100)[MARKS.suf] == sections(close, 100)[MARKS.suf]
    assert near.endswith(sections(far, 100)[MARKS.pre])


def laid_out(ids: list[int]) -> str:
    """Context with its sentinels and marks spelled out."""
    names = {MARKS.file: "F", MARKS.suf: "S", MARKS.pre: "P", MARKS.tail: "T", MARKS.fill: "L"}
    names |= {gap: str(i) for i, gap in enumerate(S.gaps)}
    return "".join(f"<{names[i]}>" if i < len(SPECIAL_TOKENS) else T.decode([i]) for i in ids)


def test_several_gaps_pivot_on_the_last_one() -> None:
    gaps = [Span(2, 3), Span(6, 8), Span(10, 10)]
    parts = ContextParts.around("a=X\nb=YY\nc\nd", gaps, "f")
    assert laid_out(Sections(T).ids(parts, 100).tolist()) == "<F>f<S>\nd<P>a=<0>\nb=<1>\nc<T><L>"


def test_text_between_gaps_that_is_too_long_keeps_both_its_ends() -> None:
    parts = ContextParts("b" * 50 + "c" * 50, "", earlier=("a" * 100,))
    assert (
        laid_out(Sections(T).ids(parts, 12).tolist())
        == "<F><S><P>" + "a" * 6 + "<0>bbb<P>ccc<T><L>"
    )


@given(st.lists(st.text(max_size=80), min_size=3, max_size=8), st.integers(0, 200))
def test_the_budget_is_kept_with_several_gaps(pieces: list[str], budget: int) -> None:
    *earlier, before, after = pieces
    ids = Sections(T).ids(ContextParts(before, after, earlier=tuple(earlier)), budget)
    text = [i for i in ids.tolist() if i >= len(SPECIAL_TOKENS)]
    assert len(text) <= budget + MAX_TAIL
    found = [i for i in ids.tolist() if i in S.gaps]
    assert found == list(S.gaps[: len(earlier)])


def test_there_are_no_more_gaps_than_sentinels() -> None:
    with pytest.raises(ValueError, match="10 gaps, but 8 sentinels"):
        Sections(T).ids(ContextParts("", "", earlier=("x",) * 9), 100)
