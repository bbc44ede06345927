from tiny_models import MARKS, ROLES, write_tokenizer

from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.surprise import CausalDoubter
from editdiff.prompt.fim import FillInMiddle
from editdiff.text.span import Span
from editdiff.tokens.checkpoint import CheckpointTokenizer, Roles


def test_what_only_spells_the_same_text_in_other_tokens_is_no_doubt(tmp_path):
    path = write_tokenizer(tmp_path / "tokenizer.json", MARKS)
    roles = Roles(ROLES.pad, ROLES.mask, ROLES.end)
    tokenizer = CheckpointTokenizer.from_file(path, roles)
    text = "x = width * height\n"
    ids = tokenizer.encode(text)
    assert len(ids) < len(text.encode()), "some tokens have several bytes"

    class InPieces(ChainDenoiser):
        """Would write every word byte by byte."""

        def extend(self, cache, rows):
            longer, guess = super().extend(cache, rows)
            pieces = [tokenizer.encode(tokenizer.decode_bytes([i])[:1].decode())[0] for i in ids]
            guess.ids[0, :, 0] = pieces[: len(rows)]
            guess.logp[0, :, :] = -20.0
            guess.logp[0, :, 0] = -1e-6
            return longer, guess

    network = InPieces((text,), tokenizer=tokenizer, form=FillInMiddle(tokenizer, heals=True))
    parts = CausalDoubter(network).doubts(text, [Span(0, len(text))], "a.py")
    found = [doubt for part in parts for doubt in part]
    assert found
    assert max(doubt.probability for doubt in found) < 0.1
