"""What an instruction names that lies outside of the region: instructions written before any was tried."""

import pytest

from editdiff.edits.outside import Outside, outside
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

SHOP = '''\
"""A shop."""
import json
import logging

MAX_ITEMS = 40


class Basket:
    def __init__(self, owner):
        self.owner = owner
        self.items = []

    def add_item(self, item, count=1):
        if count > MAX_ITEMS:
            raise ValueError(item)
        self.items.append((item, count))

    def total(self, prices):
        result = 0
        for item, count in self.items:
            print(item)
            result += prices[item] * count
        return result


def loadPrices(path):
    with open(path) as file:
        return json.load(file)


def first(basket):
    return basket.items[0]


if __name__ == "__main__":
    basket = Basket("Ann")
    print(basket.total(loadPrices("prices.json")))
'''
DOCUMENT = Document("src/shop.py", SHOP, language="python")
TOTAL, BODY = (18, 23), (20, 22)


def lines(first: int, last: int) -> Span:
    table = LineTable(SHOP)
    return Span(table.start(first - 1), table.content(last - 1).end)


def found(ask: str, region: tuple[int, int] = TOTAL) -> list[Outside]:
    return list(outside(DOCUMENT, [lines(*region)], ask))


OUTSIDE = [
    ("rename first in main.py", {"first": 31, "main.py": None}, True),
    ("rename `loadPrices` to `load_prices`", {"loadPrices": 26}, True),
    ("rename loadPrices to read_prices", {"loadPrices": 26}, True),
    ("remove `first`", {"first": 31}, True),
    ("delete the function first", {"first": 31}, True),
    ("remove MAX_ITEMS", {"MAX_ITEMS": 5}, True),
    ("rename self.owner to self.name", {"self.owner": 10}, True),
    ("rename the parameter owner to name", {"owner": 9}, True),
    ("drop the variable basket", {"basket": 36}, True),
    ("please inline loadPrices() everywhere", {"loadPrices": 26}, True),
    ("add a docstring to add_item", {"add_item": 13}, False),
    ("add type hints to `add_item` and `loadPrices`", {"add_item": 13, "loadPrices": 26}, False),
    ("make loadPrices() return a list", {"loadPrices": 26}, False),
    ("fix the typo in README.md", {"README.md": None}, False),
    ("also change the call in tests/test_shop.py", {"tests/test_shop.py": None}, False),
    ("raise MAX_ITEMS to 50", {"MAX_ITEMS": 5}, False),
    ("in `first`, return None for an empty basket", {"first": 31}, False),
    ("document the class Basket", {"Basket": 8}, False),
    ("use f-strings in add_item", {"add_item": 13}, False),
    ("handle a missing file in loadPrices", {"loadPrices": 26}, False),
    ("simplify `__init__`", {"__init__": 9}, False),
    ("add a helper to utils.py that sums, and call it", {"utils.py": None}, False),
    ("move the check of MAX_ITEMS out of add_item", {"MAX_ITEMS": 5, "add_item": 13}, False),
    ("Replace 'loadPrices' with a dict", {"loadPrices": 26}, True),
]
INSIDE_OR_NEW = [
    "rename `result` to `amount`",
    "rename total to price_of",
    "use logging instead of print",
    "use `logging.info` instead of print",
    "read config.json instead",
    "add a parameter `currency`",
    "add a parameter `timeout=30`",
    "add type hints",
    "return early when there are no items",
    "write the prices to out.csv",
    "use `sum()` with a generator",
    "skip items of which prices has no entry",
    "raise `ValueError` for a negative count",
    "call `loadPrices` when prices is None",
    "use MAX_ITEMS as the limit of the loop",
    "translate the comment to German",
    "rename item to `article` and count to `number`",
    "make it work like `first`",
    "log to errors.log",
    'print "Ann" before the loop',
    "replace print with `logging.debug()`",
    "load the prices from prices.json",
    "convert self.items to a dict first",
    "rename `self.items` to `self.lines`",
    "store the result in self.last_total",
    "return `json.dumps(result)`",
    "don't print, it's the caller's job",
    "change total() in shop.py to use sum",
]


@pytest.mark.parametrize(("ask", "names", "decides"), OUTSIDE)
def test_what_lies_outside_is_found_with_its_line(ask, names, decides):
    told = found(ask)
    assert {each.name: each.line for each in told} == names
    assert any(each.lost for each in told) == decides


@pytest.mark.parametrize("ask", INSIDE_OR_NEW)
def test_what_is_inside_or_new_is_not_told(ask):
    assert found(ask) == []


def test_there_are_enough_of_both():
    assert len(OUTSIDE) >= 20 and len(INSIDE_OR_NEW) >= 20


AGAIN = [  # a second list, written after the first one passed and before these were tried
    ("Rename the method add_item to put", {"add_item": 13}, True),
    ("get rid of the import of `logging`", {"logging": 3}, True),
    ("rename `Basket` to `Cart`", {"Basket": 8}, True),
    ("remove the call `loadPrices()`", {"loadPrices": 26}, True),
    ("swap `MAX_ITEMS` for a setting", {"MAX_ITEMS": 5}, True),
    ("use a dict instead of `first()`", {"first": 31}, True),
    ("delete owner", {}, False),  # a plain word: it may be anything
    ("write tests for loadPrices in tests/test_prices.py",
     {"loadPrices": 26, "tests/test_prices.py": None}, False),
    ("remove the default of count in add_item", {"add_item": 13}, False),
    ("update the README.md accordingly", {"README.md": None}, False),
    ("set MAX_ITEMS to 50", {"MAX_ITEMS": 5}, False),
    ("optimise Basket.add_item", {"Basket.add_item": 13}, False),
    ("check `count` against MAX_ITEMS", {}, False),
    ("import json lazily", {}, False),
    ("return a json.JSONEncoder", {}, False),
    ("use pathlib.Path", {}, False),
    ("wrap the loop with `logging.catch`", {}, False),
    ("set self.owner to None at the end", {}, False),
    ("extract the loop into a function called sum_prices", {}, False),
    ("rename result so that it says price_total", {}, False),
    ("add a comment that says who calls loadPrices", {}, False),
    ("use f-strings, e.g. in the print", {}, False),
    ("in shop.py nothing else changes", {}, False),
    ("make `prices` optional", {}, False),
    ("follow the style of docs/style.md", {"docs/style.md": None}, False),
    ("die Variable `result` in `summe` umbenennen", {}, False),
]  # fmt: skip


@pytest.mark.parametrize(("ask", "names", "decides"), AGAIN)
def test_instructions_that_were_written_later(ask, names, decides):
    told = found(ask)
    assert {each.name: each.line for each in told} == names
    assert any(each.lost for each in told) == decides
