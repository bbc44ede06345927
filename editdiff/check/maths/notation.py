"""How a number is written: whether a writing of a value is right, and the value written the same way.

A number written with decimals, or with noughts at its end, says no more than its digits: it is right when the
value, rounded or cut off at that digit, gives it. `1/3 = 0.333`, `2/3 = 0.67` and `2/3 = 0.66` are all right;
after `≈` everything is that is nearer than one unit of the last digit that is no nought.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from editdiff.check.maths.tokens import MAX_EXPONENT
from editdiff.check.maths.tree import Apply, Number, Tree

LEAST_NOUGHTS = 3
"""Noughts at the end of a whole number that may stand for digits left out."""
FLOAT_DIGITS = 10
"""Significant digits from which a number may have come from floating-point arithmetic."""
MAX_PLACES = 8
"""Most decimals of a candidate."""
MAX_LENGTH = 60
"""Most characters of a candidate."""
_FRACTION = re.compile(r"\\[dt]?frac")
_SLASH = re.compile(r" ?[/÷∕] ?")
_THOUSANDS = re.compile(r"(?<=[0-9])(,|_|\{,\}|\\,)(?=[0-9]{3})")


@dataclass(frozen=True)
class Written:
    """A side that is one number: its sign, the number, a percent sign; or a fraction of two whole numbers."""

    value: Fraction
    unit: Fraction
    """What one unit in its last place is worth; nought for a fraction."""
    number: Number
    percent: bool = False
    fraction: bool = False
    scientific: bool = False
    """Whether a power of ten follows the number."""


def written(tree: Tree | None) -> Written | None:
    """The number that a side is; None for a calculation."""
    sign, percent = 1, False
    while isinstance(tree, Apply) and tree.operation in ("neg", "%", "end!"):
        sign = -sign if tree.operation == "neg" else sign
        percent = percent or tree.operation == "%"
        tree = tree.arguments[0]
    if isinstance(tree, Number):
        scale = Fraction(sign, 100 if percent else 1)
        return Written(tree.value * scale, tree.unit * abs(scale), tree, percent)
    if scientific := _scientific(tree):
        mantissa, ten = scientific
        scale = sign * ten
        return Written(mantissa.value * scale, mantissa.unit * ten, mantissa, scientific=True)
    if isinstance(tree, Apply) and tree.operation == "/" and not percent:
        over, under = tree.arguments
        if (
            isinstance(over, Number)
            and isinstance(under, Number)
            and _whole(over)
            and _whole(under)
        ):
            number = sign * over.value / under.value
            return Written(number, Fraction(0), over, fraction=True)
    return None


def _scientific(tree: Tree | None) -> tuple[Number, Fraction] | None:
    """Mantissa and power of ten of a number such as `2 * 10^9`, or `10^-36` alone."""
    match tree:
        case Apply("*", (Number() as mantissa, Apply("^", (Number(value=base), exponent)))):
            pass
        case Apply("^", (Number(value=base), exponent)):
            mantissa = Number("1", Fraction(1))
        case _:
            return None
    power = written(exponent) if base == 10 else None
    if power is None or power.value.denominator != 1 or abs(power.value) > MAX_EXPONENT:
        return None
    return mantissa, Fraction(10) ** int(power.value)


def _whole(number: Number) -> bool:
    return number.places == 0 and number.value.denominator == 1 and number.value != 0


def is_writing(form: Written, value: Fraction, approximate: bool) -> bool:
    """Whether `form` is a right way to write `value`."""
    if form.percent and (form.value == value or _fits(form, value / 100, approximate)):
        return True  # 3/4 * 100 = 75%
    return _fits(form, value, approximate)


def in_percent(form: Written, value: Fraction) -> Fraction:
    """The number before the percent sign: 75 for 3/4 and, where that is nearer to what stands there, for 75."""
    if value == 0 or form.value == 0:
        return value * 100
    there = abs(form.value * 100)
    return min(value * 100, value, key=lambda n: max(abs(n), there) / min(abs(n), there))


def _fits(form: Written, value: Fraction, approximate: bool) -> bool:
    distance = abs(form.value - value)
    if distance == 0:
        return True
    unit: Fraction = form.unit * 10 ** _end_noughts(form, 1 if approximate else LEAST_NOUGHTS)
    if approximate:
        return distance <= unit
    if form.number.places != 0 or form.scientific or unit > form.unit or value.denominator > 1:
        if distance * 2 < unit or (
            distance * 2 == unit and _is_rounded_half(form.value, value, unit)
        ):
            return True
        has_decimals = form.number.places != 0 or form.percent
        if has_decimals and distance < unit and abs(form.value) < abs(value):
            return True  # cut off
    digits = len(str(abs(form.number.value.numerator)))
    return (
        form.number.places > 0
        and digits >= FLOAT_DIGITS
        and distance <= abs(value) / 10**FLOAT_DIGITS
    )


def _is_rounded_half(rounded: Fraction, value: Fraction, unit: Fraction) -> bool:
    """Whether half a unit was rounded away from nought, or to the even digit."""
    return abs(rounded) > abs(value) or (rounded / unit) % 2 == 0


def _end_noughts(form: Written, least: int) -> int:
    """Noughts at the end of a whole number, from `least` on."""
    if form.number.places != 0 or form.fraction or form.number.value.denominator != 1:
        return 0
    digits = str(form.number.value.numerator)
    noughts = len(digits) - len(digits.rstrip("0"))
    return noughts if noughts >= least and noughts < len(digits) else 0


def candidates(form: Written, text: str, value: Fraction) -> tuple[str, ...]:
    """The value written as the side's `text` is: its decimals, separators, percent sign or fraction; best first."""
    if form.scientific:
        return ()
    if form.fraction:
        found = [_as_fraction(text, value)]
    else:
        before, number, after = text.partition(form.number.text)
        before = before.strip(" +-−") + ("-" if value < 0 else "")
        scaled = abs(in_percent(form, value)) if form.percent else abs(value)
        found = (
            [before + _grouped(n, form.number) + after for n in _numbers(form, scaled)]
            if number
            else []
        )
    return tuple(dict.fromkeys(text for text in found if len(text) <= MAX_LENGTH))


def _numbers(form: Written, value: Fraction) -> list[str]:
    places, exact = max(0, form.number.places), _exact_places(value)
    if exact is not None:
        return [decimal(value, max(exact, places)), decimal(value, exact)]
    if places:
        return [decimal(value, places)]
    return [decimal(value, 2), decimal(value, 0)]


def _as_fraction(text: str, value: Fraction) -> str:
    """In lowest terms, as `a/b`, `a / b` or with the command that stands there."""
    sign, (over, under) = "-" if value < 0 else "", abs(value).as_integer_ratio()
    if under == 1:
        return f"{sign}{over}"
    if command := _FRACTION.search(text):
        return f"{sign}{command[0]}{{{over}}}{{{under}}}"
    slash = _SLASH.search(text)
    return f"{sign}{over}{slash[0] if slash else '/'}{under}"


def _exact_places(value: Fraction) -> int | None:
    """Decimals with which it can be written exactly; None when there are none, or too many."""
    for places in range(MAX_PLACES + 1):
        if (value * 10**places).denominator == 1:
            return places
    return None


def decimal(value: Fraction, places: int) -> str:
    """Round half away from nought and write with that many decimals."""
    whole = int(abs(value) * 10**places * 2 + 1) // 2
    digits = str(whole).rjust(places + 1, "0")
    sign = "-" if value < 0 and whole else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else sign + digits


def rewritten_number(number: Number, value: Fraction) -> str | None:
    """A value above nought with the decimals and separators of a number; None where it needs more decimals."""
    plain = number.text[-1].isdecimal() and "e" not in number.text.lower()
    if not plain or value <= 0 or value.numerator.bit_length() > MAX_LENGTH:
        return None
    exact = _exact_places(value)
    if exact is None or exact > number.places:
        return None
    return _grouped(decimal(value, number.places), number)


def _grouped(text: str, number: Number | None) -> str:
    """With the separators of thousands that `number` has, or without a nought before the point as `.5` is."""
    if number and number.text.startswith(".") and text.startswith("0."):
        return text[1:]
    found = _THOUSANDS.search(number.text) if number else None
    if found is None:
        return text
    whole, point, decimals = text.partition(".")
    grouped = re.sub(r"(?<=[0-9])(?=(?:[0-9]{3})+$)", lambda _: found[1], whole)
    return grouped + point + decimals


def shown(value: Fraction, form: Written | None) -> str:
    """A value for people, in the manner of `form`: exact where that is short, else with dots at its end."""
    if form is not None and form.fraction:
        return _as_fraction("", value)
    percent = form is not None and form.percent
    scaled = in_percent(form, value) if form is not None and percent else value
    exact = _exact_places(scaled)
    text = decimal(scaled, exact) if exact is not None else _cut_off(scaled, 6) + "…"
    return _grouped(text, form.number if form else None) + "%" * percent


def _cut_off(value: Fraction, places: int) -> str:
    whole = int(abs(value) * 10**places)
    return decimal(Fraction(whole if value >= 0 else -whole, 10**places), places)
