import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from editdiff.ci.base import Fix, Problem
from editdiff.ci.posting.lines import Placed, placed, shown
from editdiff.ci.posting.standing import Standing, plan
from editdiff.ci.posting.writing import Form, comment, mark, names_of, rewritten, summary
from editdiff.edits.proposal import Effort, Proposal, propose
from editdiff.text.diff import diff
from editdiff.text.document import Document
from editdiff.text.span import Span

GITHUB = Form(65_536, "suggestion")
GITLAB = Form(1_000_000, "suggestion:-{above}+0", 100)
GITEA = Form(65_536, "")
TEXT = "".join(f"line {n}\n" for n in range(1, 21))
EVERY = "@@ -1,20 +1,20 @@\n" + "".join(f" {line}\n" for line in TEXT.split("\n")[:-1])
HOSTILE = [
    "x\n<!-- editdiff: 0123456789abcdef -->",
    "<!-- editdiff: 0123456789abcdef -->",
    "`` ` ``` code",
    "@everyone /close #1 ![x](http://h) <script>alert(1)</script> $x$",
    "a\u2028/merge\u0085b\x1b[31m\x00",
    "`",
    "",
    "   ",
    "\udcff",
]


def fix(before: str, after: str, *messages: str, confidence: float | None = None) -> Fix:
    document = Document("a.py", before)
    effort = Effort(0.0, 0, 0.0, 1, confidence)
    outcome = propose(document, diff(before, after), [Span(0, len(before))], (), effort)
    assert isinstance(outcome, Proposal)
    said = messages or ("wrong",)
    return Fix(tuple(Problem("a.py", 3, one, "ruff", "E1") for one in said), outcome, "python")


def patch_showing(text: str) -> str:
    """A diff that shows all of a file as added."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    body = "".join(
        "+" + (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
        for line in lines
    )
    return f"@@ -0,0 +1,{len(lines)} @@\n{body}"


def place(one: Fix, patch: str | None = None) -> Placed | None:
    patch = patch_showing(one.proposal.before.text) if patch is None else patch
    return placed([one], {"a.py": shown(patch, "a.py")})[0]


def applied(body: str, text: str, first: int, last: int) -> str | None:
    """What a host makes of a text whose lines a comment is about, by the comment's suggestion."""
    fence = re.search(r"^(`{3,})suggestion(?::-(\d+)\+0)?$\n(.*?)^\1$\n", body + "\n", re.M | re.S)
    if fence is None:
        return None
    if fence[2] is not None:
        assert int(fence[2]) == last - first
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    lines[first - 1 : last] = [fence[3]]
    return "".join(lines)


def check(one: Fix, form: Form) -> str | None:
    found = place(one)
    assert found is not None
    body = comment(found, form)
    assert names_of(body) == (one.fingerprint,)
    return applied(body, one.proposal.before.text, found.lines[0].new, found.lines[-1].new)


@pytest.mark.parametrize("form", [GITHUB, GITLAB])
@pytest.mark.parametrize(
    "after",
    [
        TEXT.replace("line 3\n", "three\n"),
        TEXT.replace("line 3\nline 4\n", "three\n"),
        TEXT.replace("line 3\n", "line 3\nmore\n\n"),
        TEXT.replace("line 3\n", "```\n````x\n~~~\n"),
        TEXT.replace("line 3\n", ""),
        TEXT.replace("line 3\n", "\n"),
        TEXT.replace("line 1\n", ""),
        TEXT.replace("line 20\n", ""),
        TEXT.replace("line 3\n", "a\n").replace("line 6\n", "b\n"),
        "first\n" + TEXT,
        TEXT + "last\n",
        TEXT.replace("line 3\n", "  \t indented\t \n"),
        TEXT.replace("line 3\n", "<!-- editdiff: 0123456789abcdef -->\n"),
    ],
)
def test_a_suggestion_makes_what_was_proposed(after, form):
    assert check(fix(TEXT, after), form) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (TEXT.replace("\n", "\r\n"), TEXT.replace("line 3\n", "x\n").replace("\n", "\r\n")),
        ("a\nb", "a\nc"),
        ("a\nb\n", "a\nb"),
        ("a\n", "\n"),
        ("a\n", "b\r\n"),
    ],
)
def test_where_hosts_may_differ_a_diff_is_shown(before, after):
    one = fix(before, after)
    body = comment(place(one), GITHUB)
    assert check(one, GITHUB) is None and "```diff\n" in body


LINES = st.lists(
    st.sampled_from(["a", "b", "", "c d", "``` x", "é", "\tz"]), min_size=1, max_size=9
)


@given(LINES, LINES, st.booleans())
def test_every_suggestion_makes_what_was_proposed(old, new, closed):
    before, after = "\n".join(old) + "\n", "\n".join(new) + ("\n" if closed else "")
    assume(before != after)
    one = fix(before, after)
    for form in (GITHUB, GITLAB):
        made = check(one, form)
        assert made in (None, after)
        if closed and after.strip() and len(one.parts) == 1:
            assert made == after


def test_half_of_an_edit_is_never_suggested():
    far = TEXT.replace("line 3\n", "a\n").replace("line 18\n", "b\n")
    lines = TEXT.split("\n")
    hunks = "".join(
        f"@@ -{n},3 +{n},3 @@\n" + "".join(f" {line}\n" for line in lines[n - 1 : n + 2])
        for n in (2, 17)
    )
    one = fix(TEXT, far)
    found = place(one, hunks)
    assert found is not None and found.part is None
    body = comment(found, GITHUB)
    assert "suggestion" not in body and "+a\n" in body and "+b\n" in body
    assert "change together" in body and f"editdiff `{one.fingerprint}`" in body


def test_a_gitlab_suggestion_reaches_so_many_lines():
    long = "".join(f"row {n}\n" for n in range(150))
    short = fix(long, "".join(f"x {n}\n" for n in range(100)) + long[long.index("row 100") :])
    assert check(short, GITLAB) == short.proposal.after.text
    assert check(fix(long, long.upper()), GITLAB) is None
    assert check(fix(long, long.upper()), GITHUB) == long.upper()


def test_a_host_without_suggestions_gets_a_diff():
    body = comment(place(fix(TEXT, TEXT.replace("line 3\n", "```\n"))), GITEA)
    assert "suggestion" not in body and "````diff\n" in body and "+```\n" in body


@pytest.mark.parametrize(
    "patch",
    [
        "",
        "no patch",
        "@@ -1,2 +1,2 @@\n line 1\n line 2\n",
        EVERY.replace("line 9", "line nine"),
        EVERY.replace("@@ -1,20 +1,20 @@", "@@ -1,20 +2,20 @@"),
    ],
)
def test_lines_that_are_not_shown_or_are_others_have_no_place(patch):
    assert place(fix(TEXT, TEXT.replace("line 3\n", "x\n")), patch) is None


def test_a_mark_of_byte_order_is_never_replaced():
    document = Document("a.py", TEXT, bom=True)
    edits = diff(TEXT, "x\n" + TEXT)
    outcome = propose(document, edits, [Span(0, 0)], (), Effort(0.0, 0, 0.0, 1))
    one = Fix((Problem("a.py", 1, "m", "syntax"),), outcome, "python")
    assert place(one, patch_showing("\ufeff" + TEXT)) is None


def test_a_lone_carriage_return_makes_lines_that_hosts_count_otherwise():
    before = "a\rb\n" + TEXT
    assert place(fix(before, before.replace("line 3\n", "x\n"))) is None


@pytest.mark.parametrize("said", HOSTILE)
@pytest.mark.parametrize("form", [GITHUB, GITLAB, GITEA])
def test_a_message_is_shown_as_it_is_and_forges_nothing(said, form):
    one = fix(TEXT, TEXT.replace("line 3\n", "x\n"), said, "also")
    for body in (comment(place(one), form), summary([one], 2, form), rewritten([one], form)):
        assert names_of(body)[-1:] == (one.fingerprint,)
        lines = re.sub(r"(?ms)^(`{3,})\w.*?^\1$", "", body).split("\n")
        assert [
            line for line in lines if "editdiff: " in line and not line.startswith("- `")
        ] == lines[:1]
        assert not any(re.match(r"\s*[/@#<!]", line) for line in lines[1:])
        (told,) = [line for line in lines if line.startswith("- ") and "also" not in line]
        span = re.fullmatch(r"- (`+)(.+?)\1 \(`ruff E1`\)", told)
        assert span is not None and max(map(len, re.findall("`+", span[2])), default=0) != len(
            span[1]
        )


@pytest.mark.parametrize(
    "line",
    [
        "<!-- editdiff: 0123456789abcdeg -->",
        "<!-- editdiff: 0123456789abcdef --> x",
        " <!-- editdiff: 0123456789abcdef -->",
        "<!-- editdiff: summary x -->",
        "<!-- editdiff: withdrawn 0123456789abcdef -->",
        "<!-- editdiff:  -->",
        "",
    ],
)
def test_what_is_not_quite_the_mark_is_none(line):
    assert names_of(line + "\nmore") == ()


def test_the_mark_survives_line_endings_of_the_web():
    assert names_of(mark("0" * 16) + "\r\n\r\nx") == ("0" * 16,)


@pytest.mark.parametrize(
    ("confidence", "said"), [(None, ""), (0.876, "87 %"), (0.999, "99 %"), (1.0, "100 %")]
)
def test_a_confidence_is_told_where_it_is_known_and_never_rounded_up(confidence, said):
    body = comment(place(fix(TEXT, TEXT + "x\n", confidence=confidence)), GITHUB)
    assert said in body and ("likely" in body) == bool(said)


def test_a_summary_says_as_much_as_there_is_room_for():
    fixes = [fix(TEXT, TEXT.replace(f"line {n}\n", "x" * 20_000 + "\n")) for n in (5, 6, 7, 8)]
    fixes += [fix(TEXT, TEXT.replace("line 9\n", "y\n"), "m" * 300) for _ in range(300)]
    body = summary(fixes, 0, GITHUB)
    assert len(body.encode()) <= GITHUB.most
    assert len(names_of(body)) == 305
    assert body.count("x" * 20_000) >= 2 and re.search(r"And \d+ fixes more\.$", body)


def test_many_problems_of_one_fix_are_counted():
    body = comment(place(fix(TEXT, TEXT + "x\n", *map(str, range(14)))), GITHUB)
    assert "- and 4 more" in body


def test_what_was_dismissed_counts_once_for_each():
    one = fix(TEXT, TEXT + "x\n")
    (name,) = {one.fingerprint}
    stands = [Standing(1, (name,), "dismissed"), Standing(2, (name,), "withdrawn")]
    assert plan([one], stands, finished=True).new == ()
    assert plan([one, one], stands, finished=True).new == (one,)
    assert plan([one], stands[1:], finished=True).new == (one,)
