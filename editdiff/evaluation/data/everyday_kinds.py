"""Faults as people make them while they type, paste, cut and merge, put into files that were right.

The kinds were written down before the table of slips that `fix` tries was looked at, from what people do and not
from what can be undone. Each kind is one function of a text and a source of randomness: it gives the text with one
fault in it, or None where the text has no place for it. Whether the result is wrong at all is for a judge to say: a
doubled line may be right.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

Break = Callable[[str, random.Random], str | None]

CLOSE = ")]}"
FEW, TRIED = 4, 40
"""Lines in which faults are close together, and places that are tried for that."""
QUOTED = r"\"[^\"\\\n']+\"|'[^'\\\n\"]+'"


@dataclass(frozen=True)
class Kind:
    """What somebody did: in words, how it is done to a text, and the languages (LSP identifiers) it is done in.

    Lines end with a line feed.
    """

    words: str
    apply: Break
    languages: frozenset[str]


def replaced(pattern: str, by: Callable[[re.Match[str], random.Random], str]) -> Break:
    """A fault at one place of those where `pattern` (with `^` and `$` for lines) matches."""
    compiled = re.compile(pattern, re.MULTILINE)

    def apply(text: str, rng: random.Random) -> str | None:
        places = list(compiled.finditer(text))
        if not places:
            return None
        place = rng.choice(places)
        return text[: place.start()] + by(place, rng) + text[place.end() :]

    return apply


def becomes(new: str) -> Callable[[re.Match[str], random.Random], str]:
    """What matched gives way to `new`, where groups may be named as in `re.sub`."""
    return lambda place, rng: place.expand(new)


def _misspelt(word: str, rng: random.Random) -> str:
    """A letter left out, typed twice, or in the place of its neighbour."""
    at = rng.randrange(1, len(word))
    ways = [word[:at] + word[at + 1 :], word[:at] + word[at - 1 :]]
    if word[at - 1] != word[at]:
        ways.append(word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :])
    return rng.choice(ways)


def _other_bracket(place: re.Match[str], rng: random.Random) -> str:
    return rng.choice([mark for mark in CLOSE if mark != place[0]])


def _line_doubled(text: str, rng: random.Random) -> str | None:
    lines = text.split("\n")
    places = [at for at, line in enumerate(lines) if line.strip()]
    if not places:
        return None
    at = rng.choice(places)
    return "\n".join([*lines[: at + 1], *lines[at:]])


def _end_cut_off(text: str, rng: random.Random) -> str | None:
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < 4:
        return None
    return "\n".join(lines[: -rng.randint(1, 3)]) + "\n"


def _last_line_cut_off(text: str, rng: random.Random) -> str | None:
    whole = text.rstrip("\n")
    start = whole.rfind("\n") + 1
    start += len(whole[start:]) - len(whole[start:].lstrip())
    return whole[: rng.randrange(start + 1, len(whole))] if len(whole) - start > 1 else None


def _line_broken(place: re.Match[str], rng: random.Random) -> str:
    at = rng.randrange(1, len(place[0]) - 1)
    return place[0][:at] + "\n" + place[0][at:]


def _half_line(place: re.Match[str], rng: random.Random) -> str:
    return place[0][: rng.randrange(len(place[1]) + 1, len(place[0]))]


def _curly_quotes(place: re.Match[str], rng: random.Random) -> str:
    return "\N{LEFT DOUBLE QUOTATION MARK}" + place[0][1:-1] + "\N{RIGHT DOUBLE QUOTATION MARK}"


def _one_quote_of_another_kind(place: re.Match[str], rng: random.Random) -> str:
    return place[0][:-1] + ("'" if place[0][0] == '"' else '"')


def _close_together(count: int) -> Break:
    """So many of the plainest faults in as many of a few lines; those in strings would be seen by nobody."""
    quoted = replaced(QUOTED, lambda place, rng: place[0][:-1])
    marks = [
        replaced(r"[)\]}]", becomes("")),
        replaced(r"[(\[{]", becomes("")),
        replaced(r":$", becomes("")),
        replaced(r",(?= )", becomes("")),
    ]

    def apply(text: str, rng: random.Random) -> str | None:
        lines = text.split("\n")
        for _ in range(TRIED):
            first = rng.randrange(len(lines))
            near = range(first, min(first + FEW, len(lines)))
            broken = dict[int, str]()
            for at in rng.sample(near, len(near)):
                fault = quoted if re.search("[\"']", lines[at]) else rng.choice(marks)
                wrong = fault(lines[at], rng)
                if wrong is not None and len(broken) < count:
                    broken[at] = wrong
            if len(broken) == count:
                return "\n".join(broken.get(at, line) for at, line in enumerate(lines))
        return None

    return apply


def _fenced(text: str, rng: random.Random) -> str | None:
    end = "" if text.endswith("\n") else "\n"
    return f"{rng.choice(['```python', '```'])}\n{text}{end}```\n" if text else None


def _prompted(text: str, rng: random.Random) -> str | None:
    """A definition pasted from a session."""
    found = list(re.finditer(r"^(?:def|class) .*:\n(?:[ \t]+.*\n)+", text, re.MULTILINE))
    if not found:
        return None
    place = rng.choice(found)
    pasted = ">>> " + place[0].removesuffix("\n").replace("\n", "\n... ") + "\n"
    return text[: place.start()] + pasted + text[place.end() :]


PYTHON = frozenset({"python"})
SCRIPT = frozenset({"javascript", "typescript"})
BRACED = SCRIPT | {"json"}
SHELL = frozenset({"shellscript"})
DATA = frozenset({"json", "toml", "yaml"})
CODE = PYTHON | SCRIPT
ALL = CODE | DATA | SHELL

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        # brackets, quotation marks, commas
        "closing bracket left out": Kind(
            "a closing bracket is missing", replaced(r"[)\]}]", becomes("")), ALL
        ),
        "opening bracket left out": Kind(
            "an opening bracket is missing", replaced(r"[(\[{]", becomes("")), ALL
        ),
        "bracket of another kind": Kind(
            "`]` for `)` and the like", replaced(r"[)\]}]", _other_bracket), ALL
        ),
        "bracket doubled": Kind(
            "a bracket stands twice", replaced(r"[()\[\]{}]", becomes(r"\g<0>\g<0>")), ALL
        ),
        "line of the closing bracket lost": Kind(
            "the line that only closes is deleted",
            replaced(r"^[ \t]*[)\]}]+[;,]?\n", becomes("")),
            BRACED | PYTHON,
        ),
        "closing quote left out": Kind(
            "a string is not closed", replaced(QUOTED, lambda place, rng: place[0][:-1]), ALL
        ),
        "opening quote left out": Kind(
            "a string is not opened", replaced(QUOTED, lambda place, rng: place[0][1:]), ALL
        ),
        "quote of another kind": Kind(
            "a string opened with one mark is closed with the other",
            replaced(QUOTED, _one_quote_of_another_kind),
            ALL,
        ),
        "curly quotes": Kind(
            "pasted from a word processor", replaced(QUOTED, _curly_quotes), CODE | {"json"}
        ),
        "line broken in a string": Kind(
            "Enter was hit within a string", replaced(QUOTED, _line_broken), CODE | {"json"}
        ),
        "comma left out": Kind(
            "a comma between two items is missing",
            replaced(r",(?=[ \n])", becomes("")),
            CODE | {"json"},
        ),
        "comma doubled": Kind(
            "a comma stands twice", replaced(r",(?=[ \n])", becomes(",,")), CODE | {"json"}
        ),
        "comma before the end": Kind(
            "a comma behind the last item",
            replaced(r"(?<=[\w\"\]}])(?=\s*[\]}])", becomes(",")),
            frozenset({"json"}),
        ),
        # words and signs
        "colon left out": Kind(
            "the colon behind a head or a key is missing",
            replaced(r":(?=[ \n])", becomes("")),
            PYTHON | DATA - {"toml"},
        ),
        "equals sign left out": Kind(
            "`name value`", replaced(r" = ", becomes(" ")), CODE | {"toml"}
        ),
        "brace of a head left out": Kind(
            "the brace behind a head is missing", replaced(r" \{$", becomes("")), SCRIPT
        ),
        "keyword left out": Kind(
            "a word of the language was deleted",
            replaced(
                r"\b(?:def|class|in|import|as|for|if|else|function|const|return|then|do|of|new|case)\b ?",
                becomes(""),
            ),
            CODE | SHELL,
        ),
        "keyword misspelt": Kind(
            "`retrun`, `esle`",
            replaced(
                r"\b(?:def|class|import|from|return|while|else|elif|except|lambda|raise|with|function|const|then|done|esac|fi|true|false|null)\b",
                lambda place, rng: _misspelt(place[0], rng),
            ),
            ALL,
        ),
        "equals sign for a comparison": Kind(
            "`=` for `==`", replaced(r"(?<= )===?(?= )", becomes("=")), CODE
        ),
        "operator left out": Kind(
            "an operator between two values is missing",
            replaced(r"(?<=\w) [-+*/%<>] (?=\w)", becomes(" ")),
            CODE,
        ),
        "operator doubled": Kind(
            "an operator stands twice",
            replaced(r"(?<=\w) ([+*/%<>]) (?=\w)", becomes(r" \1 \1 ")),
            CODE,
        ),
        "dot doubled": Kind(
            "`self..name`", replaced(r"(?<=[a-z])\.(?=[a-z])", becomes("..")), CODE
        ),
        "stray character": Kind(
            "a key was hit",
            replaced(r"(?<=[\w)\]] )(?=[\w(\[])|$", lambda place, rng: rng.choice("`]\\;'#?$!")),
            ALL,
        ),
        # lines
        "line doubled": Kind("a line stands twice", _line_doubled, ALL),
        "half a line deleted": Kind(
            "the rest of a line is gone", replaced(r"^([ \t]*)\S.{8,}$", _half_line), ALL
        ),
        "end of the file cut off": Kind("the last lines are gone", _end_cut_off, ALL),
        "last line cut off": Kind("the rest of the last line is gone", _last_line_cut_off, ALL),
        "indented too far": Kind(
            "a blank more before a line",
            replaced(r"^ +(?=\S)", becomes(r"\g<0> ")),
            PYTHON | {"yaml"},
        ),
        "not indented enough": Kind(
            "a blank fewer before a line",
            replaced(r"^ +(?=\S)", lambda place, rng: place[0][1:]),
            PYTHON | {"yaml"},
        ),
        "indentation lost": Kind(
            "a line at the margin", replaced(r"^ +(?=\S)", becomes("")), PYTHON
        ),
        "tab for blanks": Kind(
            "a tab in the place of the blanks",
            replaced(r"^ {4,}(?=\S)", becomes("\t")),
            PYTHON | {"yaml"},
        ),
        "body deleted": Kind(
            "a head without its body", replaced(r"(?<=:\n) +\S.*\n(?=\S|\n)", becomes("")), PYTHON
        ),
        "marker of a merge left over": Kind(
            "a line of a conflict was forgotten",
            replaced(
                r"^(?=[ \t]*\S)",
                lambda place, rng: rng.choice(["=======\n", ">>>>>>> feature\n", "<<<<<<< HEAD\n"]),
            ),
            ALL,
        ),
        "sign of a patch left over": Kind(
            "a `+` or `-` of a diff was pasted along",
            replaced(r"^(?= {2,}\S)", lambda place, rng: rng.choice("+-")),
            ALL,
        ),
        "line of a patch left over": Kind(
            "the old line and the new one of a diff were pasted along",
            replaced(r"^( *)(\S.*)$", lambda place, rng: f"-{place[0]}\n+{place[0]}"),
            CODE,
        ),
        "fence left over": Kind("the fence of Markdown was pasted along", _fenced, PYTHON),
        "prompts left over": Kind("a definition was pasted from a session", _prompted, PYTHON),
        "prompt left over": Kind(
            "`>>> ` was pasted along", replaced(r"^(?=[a-z])", becomes(">>> ")), PYTHON
        ),
        # several
        "two faults close together": Kind(
            f"a mark is missing in two of {FEW} lines", _close_together(2), CODE
        ),
        "three faults close together": Kind(
            f"a mark is missing in three of {FEW} lines", _close_together(3), CODE
        ),
        # the habits of another language
        "`else if` in Python": Kind(
            "`else if` for `elif`", replaced(r"\belif\b", becomes("else if")), PYTHON
        ),
        "`&&` in Python": Kind(
            "`&&` for `and`, `||` for `or`",
            replaced(r" (and|or) ", lambda place, rng: " && " if place[1] == "and" else " || "),
            PYTHON,
        ),
        "`!` in Python": Kind("`!x` for `not x`", replaced(r"(?<=if )not ", becomes("!")), PYTHON),
        "`++` in Python": Kind("`i++` for `i += 1`", replaced(r" \+= 1$", becomes("++")), PYTHON),
        "comment of another language": Kind(
            "`//` for `#`, `#` for `//`",
            replaced(
                r"(?<=^)([ \t]*)(?:# |// )",
                lambda place, rng: place[1] + ("// " if "#" in place[0] else "# "),
            ),
            CODE,
        ),
        "`elif` in JavaScript": Kind(
            "`elif` for `else if`", replaced(r"\belse if\b", becomes("elif")), SCRIPT
        ),
        "`None` in JSON": Kind(
            "`True`, `None` for `true`, `null`",
            replaced(
                r"\b(?:true|false|null)\b",
                lambda place, rng: {"true": "True", "false": "False"}.get(place[0], "None"),
            ),
            frozenset({"json"}),
        ),
        "single quotes in JSON": Kind(
            "`'key'` for `\"key\"`", replaced(r'"(\w+)"', becomes(r"'\1'")), frozenset({"json"})
        ),
        "print statement": Kind(
            "`print x` for `print(x)`", replaced(r"\bprint\((.*)\)$", becomes(r"print \1")), PYTHON
        ),
        # names; what is undefined behind it is found by a linter
        "name misspelt": Kind(
            "a letter of a used name left out, doubled or swapped",
            replaced(
                r"(?<=[ (\[=])[a-z_]{4,}(?=[.(\[,) ])", lambda place, rng: _misspelt(place[0], rng)
            ),
            PYTHON,
        ),
        "letter of another case": Kind(
            "`path` for `Path`",
            replaced(
                r"(?<=[ (\[=])[A-Z][a-z]+(?:[A-Z][a-z]+)*(?=[.(\[,) ])",
                lambda place, rng: place[0].lower(),
            ),
            PYTHON,
        ),
        "number of another noun": Kind(
            "`items` for `item`",
            replaced(
                r"(?<=[ (\[=])[a-z_]{4,}(?=[.\[,) ])",
                lambda place, rng: place[0][:-1] if place[0].endswith("s") else place[0] + "s",
            ),
            PYTHON,
        ),
        "import forgotten": Kind(
            "a line of imports was deleted",
            replaced(r"^(?:import|from) .*[^(\\\n]\n", becomes("")),
            PYTHON,
        ),
        "`self` forgotten in the head": Kind(
            "`def method():`", replaced(r"(?<=\()self(?:, )?", becomes("")), PYTHON
        ),
        "`self.` forgotten": Kind(
            "`name` for `self.name`", replaced(r"\bself\.(?=[a-z_]+\()", becomes("")), PYTHON
        ),
        "parameter renamed in the head alone": Kind(
            "a parameter is called otherwise than where it is used",
            replaced(r"(?<=[(,] )(?!self|cls)[a-z]{4,}(?=[,:=)])", becomes(r"\g<0>_value")),
            PYTHON,
        ),
        "assignment deleted": Kind(
            "the line that gives a name its value is gone",
            replaced(r"^ +[a-z_]+ = .*[^,(\[{\\]\n", becomes("")),
            PYTHON,
        ),
    }
)


def kinds_of(language: str) -> Iterator[str]:
    """The kinds that are made in this language, in the order of the table."""
    return (name for name, kind in KINDS.items() if language in kind.languages)
