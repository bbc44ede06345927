import signal
import threading
import time

import pytest

from editdiff.check.registry import guards, keystroke_guards
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.tested.drafts import Drafting
from editdiff.edits.tested.search import HINT, INSTALLED, Budget, Search
from editdiff.edits.tested.suspects import Suspect
from editdiff.engines.base import FillOptions
from editdiff.engines.fakes.words import Words
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.trials.proving import Confirmed, Edited

AREA = "def area(width, height):\n    total = width + height\n    return total\n"
RIGHT = AREA.replace("width + height", "width * height")
OTHER = AREA.replace("width + height", "width - height")
SUM = AREA.replace("width + height", "width ** height")
PATH = "area.py"
SUSPECTS = [Suspect(PATH, 1, 0.8), Suspect(PATH, 2, 0.2)]


class Trial:
    """Runs programs in this process, and keeps their texts."""

    def __init__(self, unseen=(), breaks=(), flaky: bool = False, passing=None) -> None:
        self.unseen, self.breaks, self.flaky = unseen, breaks, flaky
        self.passing = passing
        self.tried, self.asked, self.threads = list[str](), list[str](), set[str]()

    def sees(self, path: str) -> bool:
        self.asked.append(path)
        return path not in self.unseen

    def passes(self, edited: Edited) -> bool:
        text = edited.data.decode("utf-8-sig").replace("\r\n", "\n")
        self.tried.append(text)
        self.threads.add(threading.current_thread().name)
        if self.passing is not None:
            return text in self.passing
        program: dict = {}
        try:
            exec(text, program)
            return program["area"](3, 4) == 12 and program["area"](5, 5) == 25
        except Exception:
            return False

    def confirm(self, edited: Edited) -> Confirmed:
        text = edited.data.decode()
        return Confirmed(text not in self.breaks, not self.flaky)

    def end(self) -> None:
        self.ended = True


def search(
    trial: Trial,
    engine=None,
    text: str = AREA,
    tries: int = 100,
    workers: int = 1,
    suspects=SUSPECTS,
    document=None,
    allowed=None,
    **more,
) -> Search:
    document = document or Document(PATH, text, 1, "python")
    drafting = Drafting(
        document, PATH, engine or Words(), FillOptions(), keystroke_guards(), allowed=allowed
    )
    budget = Budget(tries, more.pop("seconds", 60.0), workers)
    return Search({PATH: drafting}, suspects, trial, guards(), budget, **more)


def test_a_fault_is_found_and_what_it_took_is_told():
    trial = Trial()
    found = search(trial, Words({RIGHT: -1.0, AREA: -4.0})).run()
    assert isinstance(found.outcome, Proposal)
    assert found.outcome.after.text == RIGHT
    assert (found.tried, found.source) == (1, "mutation")
    assert found.drafted > 20 and trial.asked[0] == PATH
    assert found.outcome.effort.score == -1.0


def test_without_a_word_of_the_model_blind_mutations_find_it_as_well():
    trial = Trial()
    found = search(trial).run()
    assert found.outcome.after.text == RIGHT
    assert found.tried == trial.tried.index(RIGHT) + 1 > 1


def test_the_likeliest_are_tried_first():
    trial = Trial()
    worth = {RIGHT: -3.0, OTHER: -1.0, SUM: -2.0, AREA: -2.0}
    found = search(trial, Words(worth)).run()
    assert trial.tried[:3] == [OTHER, SUM, RIGHT] and found.tried == 3


def test_a_line_that_is_less_suspicious_waits_until_it_is_worth_it():
    drafted = []
    search(Trial(), Words({RIGHT: -1.0, AREA: -4.0}), on_draft=drafted.append).run()
    assert {work.line for work in drafted} == {1}
    drafted.clear()
    search(Trial(passing=()), Words(), on_draft=drafted.append).run()
    assert {work.line for work in drafted} == {1, 2}


@pytest.mark.parametrize("workers", [1, 3])
def test_no_more_is_tried_than_may_be(workers):
    trial, heard = Trial(passing=()), []
    found = search(trial, tries=7, workers=workers, on_try=lambda n, each: heard.append(n)).run()
    assert len(trial.tried) == found.tried == 7
    assert heard == [*range(1, 8)]
    told = f"the tests pass with none of 7 edits that were tried, of {found.drafted}"
    assert found.outcome == NoEdit(told, HINT)


def test_no_time_is_taken_beyond_the_budget():
    class Slow(Trial):
        def passes(self, edited):
            time.sleep(0.05)
            return super().passes(edited)

    found = search(Slow(passing=()), seconds=0.4).run()
    assert isinstance(found.outcome, NoEdit) and 0 < found.tried <= 8


def test_everything_is_tried_once_and_only_what_parses():
    trial = Trial(passing=())
    found = search(trial, tries=10**6).run()
    assert len(trial.tried) == len(set(trial.tried)) == found.tried <= found.drafted
    for text in trial.tried:
        compile(text, PATH, "exec")


def test_nothing_outside_the_allowed_lines_is_tried():
    table = LineTable(AREA)
    trial = Trial(passing=())
    search(trial, tries=10**6, allowed=[table.full(2)]).run()
    head = AREA[: table.start(2)]
    assert trial.tried and all(text.startswith(head) for text in trial.tried)


def test_a_file_in_which_an_error_is_not_noticed_is_left_alone():
    trial, engine = Trial(unseen=[PATH]), Words()
    found = search(trial, engine).run()
    assert found.outcome == NoEdit(
        "the tests do not notice an error planted in the copy of area.py", INSTALLED
    )
    assert (trial.tried, trial.asked, engine.asked, found.tried) == ([], [PATH], 0, 0)


def test_the_other_files_are_tried_when_one_is_not_seen():
    class Two(Trial):
        def passes(self, edited):
            assert edited.path == PATH
            return super().passes(edited)

    trial = Two(unseen=["b.py"])
    whole = search(trial, Words({RIGHT: -1.0, AREA: -4.0}))
    other = Drafting(Document("b.py", "x = 1\n", 1, "python"), "b.py", Words(), FillOptions(), ())
    whole.drafting = {**whole.drafting, "b.py": other}
    whole.suspects = [Suspect("b.py", 0, 0.9), Suspect(PATH, 1, 0.1)]
    assert whole.run().outcome.after.text == RIGHT
    assert trial.asked.count("b.py") == 1


def test_what_breaks_other_tests_is_passed_over_and_counted():
    worth = {SUM: -1.0, RIGHT: -2.0, AREA: -4.0}
    found = search(Trial(passing=[SUM, RIGHT], breaks=[SUM]), Words(worth)).run()
    assert found.outcome.after.text == RIGHT and found.tried == 2
    found = search(Trial(passing=[SUM], breaks=[SUM]), Words(worth), tries=5).run()
    assert isinstance(found.outcome, NoEdit)
    assert "5 edits that were tried" in found.outcome.reason
    assert "; 1 break others" in found.outcome.reason


def test_tests_that_pass_by_chance_prove_nothing():
    found = search(Trial(flaky=True)).run()
    assert (
        found.outcome.reason == "the tests fail at one time and pass at another without any change"
    )


def test_several_are_tried_side_by_side_and_the_likeliest_of_them_is_taken():
    trial = Trial(passing=[OTHER, RIGHT])
    worth = {RIGHT: -1.0, OTHER: -1.5, AREA: -4.0}
    found = search(trial, Words(worth), workers=4).run()
    assert found.outcome.after.text == RIGHT
    assert len(trial.tried) >= 4


def test_others_that_pass_as_well_are_counted():
    worth = {RIGHT: -1.0, OTHER: -1.5, SUM: -1.6, AREA: -4.0}
    trial = Trial(passing=[OTHER, RIGHT])
    found = search(trial, Words(worth)).run()
    assert found.outcome.after.text == RIGHT
    assert (found.tried, found.compared, found.beside) == (1, 2, 1)
    assert trial.tried == [RIGHT, OTHER, SUM]


MISSING = "def area(width, height=None):\n    return width * height\n"


def test_a_line_that_is_missing_is_added():
    right = MISSING.replace("    return", "    height = height or width\n    return")
    engine = Words({right: -1.0, MISSING: -4.0}, drafts=["height = height or width"])
    trial = Trial(passing=[right])
    found = search(trial, engine, MISSING, suspects=[Suspect(PATH, 1, 1.0)]).run()
    assert found.outcome.after.text == right and found.source == "missing line"


def test_a_line_too_many_is_taken_away():
    wrong = RIGHT.replace("    return", "    total = width\n    return")
    found = search(
        Trial(), Words({RIGHT: -1.0, wrong: -4.0}), wrong, suspects=[Suspect(PATH, 2, 1.0)]
    ).run()
    assert found.outcome.after.text == RIGHT and found.source == "no line"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_every_other_byte_of_the_file_stays(mark, ending, last):
    text = AREA.replace("\n", ending) if last else AREA.replace("\n", ending).removesuffix(ending)
    data = mark + text.encode()
    found = search(Trial(), document=Document.from_bytes(data, PATH)).run()
    assert found.outcome.after.to_bytes() == data.replace(b"width + height", b"width * height")


def test_whoever_hears_of_a_try_can_end_the_search():
    def stop(number, candidate):
        if number == 3:
            raise KeyboardInterrupt

    trial = Trial(passing=())
    with pytest.raises(KeyboardInterrupt):
        search(trial, on_try=stop).run()
    assert len(trial.tried) == 2


def test_ctrl_c_ends_what_is_tried_and_starts_nothing_more():
    class Hanging(Trial):
        def __init__(self):
            super().__init__()
            self.over, self.first = threading.Event(), threading.Lock()

        def passes(self, edited):
            self.tried.append(edited.path)
            if self.first.acquire(blocking=False):
                signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            return not self.over.wait(30)

        def end(self):
            self.over.set()

    trial, before = Hanging(), time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        search(trial, workers=2).run()
    assert time.monotonic() - before < 10
    assert 1 <= len(trial.tried) <= 2


def test_where_nothing_is_suspected_nothing_is_tried():
    trial = Trial()
    found = search(trial, suspects=[]).run()
    assert isinstance(found.outcome, NoEdit) and trial.tried == []
    assert found.outcome.reason == "the tests pass with none of 0 edits that were tried, of 0"


def test_nothing_is_drafted_any_more_when_all_tries_are_spent():
    trial, drafted = Trial(passing=()), []
    worth = {OTHER: -1.0, SUM: -1.1, AREA: -4.0}
    found = search(trial, Words(worth), tries=2, on_draft=drafted.append).run()
    assert trial.tried == [OTHER, SUM] and found.tried == 2
    assert [(work.line, work.kind) for work in drafted] == [(1, "instead")]
