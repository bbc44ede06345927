from pathlib import Path

import platformdirs

from editdiff.store import where

HASH = "1d9614638d18024d" + "0" * 48


def test_models_lie_in_the_users_cache(monkeypatch):
    monkeypatch.delenv("EDITDIFF_MODELS")
    assert where.cache() == Path(platformdirs.user_cache_dir("editdiff", appauthor=False), "models")


def test_a_variable_moves_everything(models, monkeypatch):
    everything = (where.place(HASH, 1), where.partial(HASH), where.lock(HASH))
    assert [path.parent for path in everything] == [models] * 3
    monkeypatch.setenv("EDITDIFF_MODELS", "~/elsewhere")
    assert where.place(HASH, 1).parent == Path.home() / "elsewhere"


def test_the_place_tells_the_file_and_the_packing(models):
    assert where.place(HASH, 2) == models / "1d9614638d18024d-v2"
    assert len({where.place(HASH, 1), where.place(HASH, 2), where.place("f" * 64, 1)}) == 3


def test_asking_creates_nothing(models):
    where.place(HASH, 1)
    assert not models.exists()
