"""The process in which sympy works: started by `symbolic`, as a script, never imported by it.

It reads one job a line (JSON) and answers each with one line (JSON). A tree comes as nested lists and is
built from sympy's own classes, so nothing of a document is ever read by sympy as text.

    ["value", tree]               -> ["value", "numerator", "denominator"] to DIGITS digits, or ["unknown"]
    ["identity", left, right]     -> ["holds"], ["near"], ["other"] or ["unknown"], as `identity` says
    ["solve", left, right, name]  -> ["roots", "1/2", ...] or ["unknown"], as `solve` says
"""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from typing import Any

DIGITS = 40
"""Significant decimal digits of values."""
MAX_DEGREE, MAX_TERMS = 24, 20_000
"""Of a polynomial, and products of two terms in one multiplication."""
MAX_SOLVED = 40
"""Terms of polynomials that are solved for a number."""
LEAST_TERMS = 3
"""Terms of an expanded side in which one wrong coefficient is believed to be a slip."""
SAMPLES = (("1.3717", "0.4231"), ("2.7193", "0.8117"), ("0.6173", "1.9391"))
"""Where sides that are no polynomials are compared: start and step of the variables' values."""


def main(seconds: int, memory: int) -> None:
    """Serve jobs until standard input ends. Seconds of CPU time for all, bytes of address space."""
    try:
        import sympy
    except ImportError:
        print(json.dumps(["missing"]), flush=True)
        return
    limit(seconds, memory)
    print(json.dumps(["ready"]), flush=True)
    for line in sys.stdin:
        try:
            answer = work(sympy, *json.loads(line))
        except (
            ArithmeticError,
            ValueError,
            TypeError,
            AttributeError,
            RecursionError,
            MemoryError,
            NotImplementedError,
        ):
            answer = ["unknown"]
        print(json.dumps(answer), flush=True)


def limit(seconds: int, memory: int) -> None:
    """Bound time and memory, where the system can."""
    try:
        import resource
    except ImportError:  # Windows: the parent's clock is the only bound
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def work(sympy: Any, what: str, *job: Any) -> list[str]:
    """Do one job."""
    if what == "solve":
        return ["roots", *solve(sympy, *job)]
    return [identity(sympy, *job)] if what == "identity" else value(build(sympy, *job))


def build(sympy: Any, tree: list[Any]) -> Any:
    """A sympy expression, nothing of it worked out yet, so that no power is taken unasked."""
    kind, *rest = tree
    if kind == "number":
        return sympy.Rational(int(rest[0]), int(rest[1]))
    if kind == "name":
        return sympy.pi if rest[0] == "pi" else sympy.Symbol(rest[0], positive=True)
    arguments = [build(sympy, argument) for argument in rest]
    half = sympy.Rational(1, 2)
    with sympy.evaluate(False):
        match kind:
            case "+":
                return sympy.Add(*arguments)
            case "-":
                return sympy.Add(arguments[0], sympy.Mul(-1, arguments[1]))
            case "*":
                return sympy.Mul(*arguments)
            case "/":
                return sympy.Mul(arguments[0], sympy.Pow(arguments[1], -1))
            case "^":
                return sympy.Pow(*arguments)
            case "neg":
                return sympy.Mul(-1, arguments[0])
            case "%":
                return sympy.Mul(arguments[0], sympy.Rational(1, 100))
            case "sqrt":
                return sympy.Pow(arguments[0], half)
            case "root":
                return sympy.Pow(arguments[0], sympy.Pow(arguments[1], -1))
            case "log2" | "log10":
                return sympy.Mul(sympy.log(arguments[0]), sympy.Pow(sympy.log(int(kind[3:])), -1))
            case "!":
                return sympy.factorial(arguments[0])
            case "end!":
                return arguments[0]
            case "ln" | "exp" | "sin" | "cos" | "tan" | "abs" | "floor" | "ceil":
                name = {"ln": "log", "abs": "Abs", "ceil": "ceiling"}.get(kind, kind)
                return getattr(sympy, name)(*arguments)
    raise ValueError(f"no operation {kind}")


def value(expression: Any) -> list[str]:
    """A real value to DIGITS digits."""
    found = expression.evalf(DIGITS, maxn=200)
    if not found.is_Float and not found.is_Rational:
        return ["unknown"]
    number = Fraction(str(found))
    return ["value", str(number.numerator), str(number.denominator)]


def identity(sympy: Any, left: list[Any], right: list[Any]) -> str:
    """Whether two sides with the same variables are equal for all their values.

    `holds`; `near`: no, and it can only be meant as an identity, for one side is a product or a power to be worked
    out, and they differ by a constant, or in one coefficient of several; `other`: no; `unknown`.
    """
    built = [build(sympy, tree) for tree in (left, right)]
    symbols = sorted(built[0].free_symbols | built[1].free_symbols, key=str)
    try:
        one, other = (polynomial(sympy, tree, symbols) for tree in (left, right))
    except ValueError:
        return sampled(sympy, built, symbols)
    wrong = (one - other).as_dict()
    if not wrong:
        return "holds"
    constant = set(wrong) == {(0,) * len(symbols)}
    same_terms = set(one.as_dict()) == set(other.as_dict())
    slip = same_terms and len(wrong) == 1 and len(one.as_dict()) >= LEAST_TERMS
    unexpanded = any(is_product_of_sums(tree) for tree in (left, right))
    return "near" if unexpanded and (constant or slip) else "other"


def solve(sympy: Any, left: list[Any], right: list[Any], name: str) -> list[str]:
    """The rational values of a name with which two polynomials are equal for all values of their other names.

    Raises:
        ValueError: when a side is no polynomial, or may become too large.
    """
    unknown = sympy.Symbol(name, positive=True)
    built = [build(sympy, tree) for tree in (left, right)]
    free = set.union(*(side.free_symbols for side in built)) - {unknown}
    symbols = [unknown, *sorted(free, key=str)]
    one, other = (polynomial(sympy, tree, symbols) for tree in (left, right))
    terms = (one - other).as_dict()
    if not 0 < len(terms) <= MAX_SOLVED:
        raise ValueError("nothing to be solved, or too much")
    conditions: dict[tuple[int, ...], dict[tuple[int], Any]] = {}
    for (degree, *rest), coefficient in terms.items():
        conditions.setdefault(tuple(rest), {})[(degree,)] = coefficient
    common = sympy.Poly(0, unknown, domain="QQ")
    for condition in conditions.values():
        common = common.gcd(sympy.Poly.from_dict(condition, unknown, domain="QQ"))
    return [str(root) for root in sorted(common.ground_roots())]


def polynomial(sympy: Any, tree: list[Any], symbols: list[Any]) -> Any:
    """A side as a polynomial with rational coefficients.

    Raises:
        ValueError: when it is none, or may become too large.
    """
    kind, *rest = tree
    if kind in ("number", "name"):
        return sympy.Poly(build(sympy, tree), *symbols, domain="QQ")
    if kind == "^":
        return power(polynomial(sympy, rest[0], symbols), exponent_of(rest[1]))
    parts = [polynomial(sympy, part, symbols) for part in rest]
    match kind:
        case "+":
            return parts[0] + parts[1]
        case "-":
            return parts[0] - parts[1]
        case "neg":
            return -parts[0]
        case "*":
            return product(*parts)
        case "/" if parts[1].is_ground and not parts[1].is_zero:
            return parts[0].quo_ground(parts[1].LC())
    raise ValueError(f"{kind} makes no polynomial")


def product(one: Any, other: Any) -> Any:
    """A product whose size is bounded."""
    if (
        len(one.terms()) * len(other.terms()) > MAX_TERMS
        or one.total_degree() + other.total_degree() > MAX_DEGREE
    ):
        raise ValueError("the product is too large")
    return one * other


def power(base: Any, exponent: int) -> Any:
    """A power whose size is bounded, by one product after the other."""
    found = base.one
    for _ in range(exponent):
        found = product(found, base)
    return found


def exponent_of(tree: list[Any]) -> int:
    """A natural exponent up to MAX_DEGREE."""
    if tree[0] != "number" or tree[2] != "1" or not 0 <= int(tree[1]) <= MAX_DEGREE:
        raise ValueError("an exponent that makes no polynomial")
    return int(tree[1])


def is_product_of_sums(tree: list[Any]) -> bool:
    """Whether a sum with variables stands in a product or under a power."""
    kind, *rest = tree
    if kind in ("number", "name"):
        return False
    if kind in "*^" and any(part[0] in "+-" and "name" in kinds(part) for part in rest):
        return True
    return any(is_product_of_sums(part) for part in rest)


def kinds(tree: list[Any]) -> set[str]:
    """Kinds of all nodes of a tree."""
    own = {tree[0]}
    return own if tree[0] in ("number", "name") else own.union(*map(kinds, tree[1:]))


def sampled(sympy: Any, sides: list[Any], symbols: list[Any]) -> str:
    """Compare at a few places where all variables are positive; only what differs at all of them differs."""
    verdicts = []
    for start, step in SAMPLES:
        at = {
            s: sympy.Float(start, DIGITS) + k * sympy.Float(step, DIGITS)
            for k, s in enumerate(symbols)
        }
        values = [side.evalf(DIGITS, subs=at, maxn=200) for side in sides]
        if not all(found.is_Float and found.is_finite for found in values):
            return "unknown"
        size = max(1, *map(abs, values))
        verdicts.append(bool(abs(values[0] - values[1]) < size * sympy.Float(10) ** (10 - DIGITS)))
    if len(set(verdicts)) > 1:
        return "unknown"
    return "holds" if verdicts[0] else "other"


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
