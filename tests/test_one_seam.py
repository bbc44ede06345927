"""Nothing outside its family knows nano: a search for what would betray it."""

import re
from pathlib import Path

import pytest

import editdiff

PACKAGE = Path(editdiff.__file__).parent
SOURCES = [*PACKAGE.rglob("*.py"), *(PACKAGE.parent / "lsp").rglob("*.py")]
FAMILY = "families/canvas/"
TRAINS_IT = (
    "papers/",
    "training/",
    "cli/train",
    "cli/models",
    "cli/generate",
    "evaluation/speed/matrix_product.py",
)
"""Where networks of the family are trained, written and measured: they may import it, and use its names."""
LABORATORY = tuple(
    f"papers/run/{name}.py" for name in ("paper_model", "byte_text", "objective_run")
)
"""The papers' networks have folders and a vocabulary of their own."""
BETRAYALS = {
    "the first id of text": r"special\.count|\bids? (>=|<) (18|len\(SPECIAL_TOKENS\))",
    "special ids by default": r"\bSpecial\(\)",
    "sizes of a canvas": r"\(8, 16, 32, 64\)|8, 16, 32 or 64",
    "the number of sentinels": r"\bN_GAPS\b|\bMAX_GAPS\b",
    "the matrix of the embedding": r"embed\.weight",
    "the width of a packed id": r"uint16|astype\(\"<u2\"\)",
    "a file of its folder": r"\"(config|tokenizer|review|ghost)\.json\"|\"model\.(safetensors|onnx)\"",
    "its classes": r"\b(NetworkConfig|CanvasTransformer|OnnxDenoiser|TorchDenoiser|BpeTokenizer)\b",
}
ALLOWED = {
    "the number of sentinels": ("tokens/bpe.py",),
    "a file of its folder": ("families/manifest.py",),
    "its classes": ("tokens/bpe.py", *TRAINS_IT),
    "sizes of a canvas": ("engines/fakes/",),
}


def places(pattern: str, allowed: tuple[str, ...]) -> list[str]:
    found = []
    for path in SOURCES:
        name = path.relative_to(PACKAGE.parent).as_posix().removeprefix("editdiff/")
        if not name.startswith((FAMILY, *allowed, *LABORATORY)):
            lines = path.read_text(encoding="utf-8").split("\n")
            found += [
                f"{name}:{i}: {line}" for i, line in enumerate(lines, 1) if re.search(pattern, line)
            ]
    return found


@pytest.mark.parametrize("what", BETRAYALS)
def test_nothing_outside_its_family_knows(what):
    assert places(BETRAYALS[what], ALLOWED.get(what, ())) == []


@pytest.mark.parametrize("what", BETRAYALS)
def test_the_search_would_find(what):
    """Inside the family, or where it is allowed, each is written somewhere: the patterns are not dead."""
    samples = {
        "the first id of text": "text = ids >= special.count",
        "special ids by default": "special: Special = Special()",
        "the width of a packed id": 'ids.astype("<u2")',
    }
    texts = [path.read_text(encoding="utf-8") for path in SOURCES]
    assert re.search(BETRAYALS[what], samples.get(what, "\n".join(texts)))
