"""What is typed at one place costs its own tokens: the context before it stays the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import ROLES, write_tokenizer

from editdiff.prompt.base import ContextParts, OtherFile, Prompt
from editdiff.prompt.fim import LONGEST_WORD, MAX_PATH, ON_TOP, FillInMiddle
from editdiff.prompt.windows import JUMP, window
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.tokens.checkpoint import CheckpointTokenizer, Roles

TEXTS = st.text("ab é变e\u0301😀=(1\t\n\r", max_size=40)


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> CheckpointTokenizer:
    path = write_tokenizer(tmp_path_factory.mktemp("plain") / "tokenizer.json")
    return CheckpointTokenizer.from_file(path, Roles(ROLES.pad, ROLES.mask, ROLES.end))


def told(form: FillInMiddle, before: str, typed: str, after: str, budget: int = 4000) -> Prompt:
    return form.encode(ContextParts(before + typed, after, typed=len(typed)), budget)


def middle_of(form: FillInMiddle, prompt: Prompt) -> tuple[list[int], list[int]]:
    """The context up to the middle mark, and what stands behind it."""
    ids = [*prompt.ids.tolist(), prompt.heads[0]]
    mark = ids.index(form.tokenizer.id_of(form.middle))
    return ids[:mark], ids[mark + 1 :]


@given(TEXTS, TEXTS, TEXTS, st.booleans())
def test_the_context_of_successive_keys_is_the_same(plain, before, typed, after, heals):
    form = FillInMiddle(plain, heals=heals)
    first, _ = middle_of(form, told(form, before, "", after))
    for count in range(len(typed) + 1):
        context, known = middle_of(form, told(form, before, typed[:count], after))
        assert context == first
        assert len(plain.decode_bytes(known).decode()) <= count + LONGEST_WORD


@given(TEXTS, TEXTS, TEXTS)
def test_a_prompt_and_what_the_gap_begins_with_are_the_text(plain, before, typed, after):
    form = FillInMiddle(plain, heals=True)
    prompt = told(form, before, typed, after)
    context, known = middle_of(form, prompt)
    suffix = context.index(plain.id_of(form.suffix))
    said = plain.decode_bytes(context[1:suffix]) + plain.decode_bytes(known) + prompt.begins
    assert said.decode() == before + typed
    assert plain.decode_bytes(context[suffix + 1 :]).decode() == after


@given(TEXTS, TEXTS)
def test_what_is_taken_back_is_the_same_wherever_the_typing_began(plain, text, after):
    form = FillInMiddle(plain, heals=True)
    pieces = {told(form, text[:at], text[at:], after).begins for at in range(len(text) + 1)}
    assert len(pieces) == 1


@pytest.mark.parametrize(
    ("before", "begins"),
    [
        ("x = naï", " naï"),
        ("größ", "größ"),
        ("x = 变量", " 变量"),
        ("x.变", "变"),
        ("_", "_"),
        ("snake_ca", "snake_ca"),
        ("x1", "1"),
        ("x = 12", "2"),
        ("x = a 1", " 1"),
        ("cafe\u0301", "\u0301"),
        ("x = 😀", " 😀"),
        ("😀😀😀😀", "😀😀😀"),
        ("👩\u200d👩", "👩\u200d👩"),
        ("a.b", "b"),
        ("a -=", " -="),
        ("f())))", "))))"[:3]),
        ("if x:\n\t", "\t"),
        ("if x:\n" + " " * 40, " "),
        ("if x:\n\t\t", "\t"),
        ("x = \u00a0", "\u00a0"),
        ("x\r\n", ""),
        ("x\n", ""),
        ("\n", ""),
    ],
)
def test_what_is_taken_back_ends_at_a_word_a_digit_signs_or_a_line_break(plain, before, begins):
    prompt = FillInMiddle(plain, heals=True).encode(ContextParts(before, "\n"), 60)
    assert prompt.begins.decode() == begins


@given(st.integers(1, 60), st.integers(16, 200), st.data())
def test_while_a_word_is_typed_the_window_moves_no_more_often_than_it_has_to(budget, size, data):
    """Text far beyond the budget: the start of what is told jumps by half of it at least."""
    tokenizer = ByteTokenizer()
    before, typed = "x = 1\n" * size, data.draw(st.text("abc", min_size=1, max_size=60))
    starts = []
    for count in range(len(typed) + 1):
        ids = window(tokenizer, before, 2 * budget, taken=count)
        assert len(ids) + count <= 2 * budget or not ids
        assert tokenizer.encode(before)[len(before) - len(ids) :] == ids
        starts.append(len(before) - len(ids))
    assert starts == sorted(starts)
    assert len(set(starts)) <= 2 + len(typed) // min(JUMP, budget)


@pytest.mark.parametrize("budget", [16, 60, 128, 512])
@pytest.mark.parametrize("heals", [False, True])
def test_in_a_long_text_a_key_hardly_ever_costs_more_than_its_own_tokens(plain, budget, heals):
    form = FillInMiddle(plain, heals=heals)
    before, after = "area = width * height\n" * 200 + "x = ", "\n" + "y = 2\n" * 300
    typed = "width_of_the_room + 1"
    contexts = [middle_of(form, told(form, before, typed[:n], after, budget))[0] for n in range(22)]
    room = budget - budget // 3
    assert len({tuple(ids) for ids in contexts}) <= 2 + len(typed) // max(1, room // 2)


@given(TEXTS, st.lists(TEXTS, max_size=3), TEXTS, st.integers(9, 120), st.integers(0, 40))
def test_the_budget_is_kept(plain, before, others, after, budget, typed):
    """Marks, paths and a quarter for other files come on top; what was typed is told whole."""
    form = FillInMiddle(plain, file="<|endoftext|>", heals=True)
    files = tuple(OtherFile(f"f{i}.py", text) for i, text in enumerate(others))
    typed = min(typed, len(before))
    prompt = form.encode(ContextParts(before, after, "m.py", typed=typed, others=files), budget)
    _, known = middle_of(form, prompt)
    text = int(plain.special.is_text(np.array(prompt.ids)).sum())
    most = budget + (budget // ON_TOP if files else 0)
    assert text <= max(most, len(known)) + (MAX_PATH + 1) * (len(files) + 1)
