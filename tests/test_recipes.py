"""The recipes of CONTRIBUTING.md, followed to the letter: what a newcomer copies has to work."""

import re
import sys
from pathlib import Path

import pytest
from recipes import code, recipe
from tiny_models import write_bigram

from editdiff import families
from editdiff.cli.app import main
from editdiff.engines.choose import choose

TEXT = "def area(width, height):\n    return width * height\n\n\nprint(area(2, 3))\n"


@pytest.fixture
def area(tmp_path) -> Path:
    (tmp_path / "area.py").write_text(TEXT)
    return tmp_path / "area.py"


def test_the_recipe_of_a_family_gives_a_model_that_is_described_and_fills(
    tmp_path, area, monkeypatch, capsys
):
    section = recipe("A family of models")
    file = re.search(r"`editdiff/families/(\w+\.py)`, whole", section)
    assert file
    package = tmp_path / "families"
    package.mkdir()
    (package / file[1]).write_text(code(section))
    monkeypatch.setattr(families, "__path__", [*families.__path__, str(package)])
    folder = str(write_bigram(tmp_path / "toy"))
    monkeypatch.delitem(sys.modules, "editdiff.families.bigram", raising=False)
    assert main(["models", folder]) == 0
    assert "a table of bigrams" in capsys.readouterr().out
    # a table without sense seldom writes what parses; what does not is withheld, with a reason
    for lines in ([2], [1, 5], [1, 3, 5]):
        named = [word for n in lines for word in ("--lines", str(n))]
        assert main(["infill", str(area), *named, "--model", folder]) in (0, 1)
        assert "editdiff failed" not in capsys.readouterr().err
    assert choose(folder).name == "toy"
    assert area.read_text() == TEXT
