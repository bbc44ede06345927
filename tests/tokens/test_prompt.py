from hypothesis import given
from hypothesis import strategies as st

from editdiff.tokens.prompt import MAX_TAIL, ContextParts, encode_context, split_line
from editdiff.tokens.tokenizer import ByteTokenizer

T = ByteTokenizer()
S = T.special


def sections(parts: ContextParts, budget: int = 200) -> dict[int, str]:
    """Text of each section by its opening id."""
    found: dict[int, list[int]] = {}
    for i in encode_context(T, parts, budget).tolist():
        if i < S.count:
            found[i] = current = []
        else:
            current.append(i)
    return {opening: T.decode(ids) for opening, ids in found.items()}


def test_sections_stand_in_cache_order_suffix_first() -> None:
    ids = encode_context(T, ContextParts("a = ", ")\nb\n", "x.py"), 200).tolist()
    assert [i for i in ids if i < S.count] == [S.file, S.suf, S.pre, S.tail, S.fill]
    assert ids[-1] == S.fill


def test_each_section_holds_its_text() -> None:
    found = sections(ContextParts("a = (", ")\nb\n", "x.py"))
    assert found == {S.file: "x.py", S.suf: "\nb\n", S.pre: "a = (", S.tail: ")", S.fill: ""}


def test_old_and_ask_are_shown_when_given() -> None:
    found = sections(ContextParts("a", "b", old="before", ask="rename"))
    assert found[S.old] == "before"
    assert found[S.ask] == "rename"


def test_the_suffix_begins_at_the_first_line_break_of_any_kind() -> None:
    assert split_line("ab\r\ncd") == ("ab", "\r\ncd")
    assert split_line("ab\rcd\n") == ("ab", "\rcd\n")
    assert split_line("no end") == ("no end", "")


@given(st.text(), st.text(), st.integers(0, 300))
def test_the_budget_is_kept(before: str, after: str, budget: int) -> None:
    found = encode_context(T, ContextParts(before, after), budget)
    assert len(found) <= budget + MAX_TAIL + 5


@given(st.text(max_size=300), st.text(max_size=40), st.integers(60, 200))
def test_typing_appends_to_the_context_or_moves_its_start_by_a_jump(
    before: str, typed: str, budget: int
) -> None:
    a = sections(ContextParts(before, "\nend"), budget)[S.pre]
    b = sections(ContextParts(before + typed, "\nend"), budget)[S.pre]
    ours, theirs = len(before.encode()), len((before + typed).encode())
    start_a, start_b = ours - len(a.encode()), theirs - len(b.encode())
    if all(ord(c) < 128 for c in before + typed):  # starts in bytes are exact for ASCII only
        assert start_b == start_a or start_b - start_a >= min(256, budget // 2) - 3


def test_text_far_away_is_not_looked_at() -> None:
    near = "x = 1\n" * 2000
    far = ContextParts("y" * 10_000_000 + "\n" + near, "z\n" * 5_000_000)
    close = ContextParts(near[-2400:], "z\n" * 400)
    assert sections(far, 100)[S.suf] == sections(close, 100)[S.suf]
    assert near.endswith(sections(far, 100)[S.pre])
