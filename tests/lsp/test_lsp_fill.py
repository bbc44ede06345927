"""`editdiff/fill` and `editdiff/other`: proposals, which change nothing by themselves."""

import pytest
from lsp_editor import fill_params, json_range
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADD = 'def add(a, b):\n    return «0»\n#: {"drafts": [["a + b"], ["b + a"]]}\n'
PAIR = 'first = «1»\nsecond = «2»\n#: {"drafts": [["one", "two"], ["eins", "zwei"]], "steps": 3}\n'


async def test_the_answer_says_what_would_stand_where_and_at_what_cost(editor):
    document = editor.open(ADD)
    answer = await editor.fill(document)
    assert answer == {
        "kind": "proposal",
        "id": answer["id"],
        "uri": document.uri,
        "version": 1,
        "gaps": [{"range": json_range(1, 11, 1, 12), "text": "a + b"}],
        "edit": {
            "documentChanges": [
                {
                    "textDocument": {"uri": document.uri, "version": 1},
                    "edits": [
                        {
                            "range": json_range(1, 11, 1, 12),
                            "newText": "a + b",
                            "annotationId": "editdiff",
                        }
                    ],
                }
            ],
            "changeAnnotations": {"editdiff": answer["edit"]["changeAnnotations"]["editdiff"]},
        },
        "effort": {
            "drafts": 2,
            "nfe": 1,
            "seconds": answer["effort"]["seconds"],
            "logp": 0.0,
            "confidence": 1.0,
        },
        "checked": ["syntax", "python", "flow"],
    }
    assert 0 <= answer["effort"]["seconds"] < 20


async def test_the_annotation_names_the_operation_its_cost_and_who_checked_it(editor):
    answer = await editor.fill(editor.open(ADD))
    annotation = answer["edit"]["changeAnnotations"]["editdiff"]
    assert "nfill" in annotation["label"]
    assert "2 drafts" in annotation["description"]
    assert all(name in annotation["description"] for name in answer["checked"])


async def test_nothing_is_applied(editor):
    document = editor.open(ADD)
    before = document.text
    await editor.fill(document)
    assert (document.text, editor.applied) == (before, [])


async def test_several_gaps_are_filled_together(editor):
    document = editor.open(PAIR)
    answer = await editor.fill(document)
    assert answer["gaps"] == [
        {"range": json_range(0, 8, 0, 9), "text": "one"},
        {"range": json_range(1, 9, 1, 10), "text": "two"},
    ]


async def test_ranges_may_come_in_any_order(editor):
    document = editor.open(PAIR)
    answer = await editor.fill(document, *reversed(document.ranges))
    assert [gap["text"] for gap in answer["gaps"]] == ["one", "two"]


async def test_an_empty_range_is_a_place_to_insert(editor):
    document = editor.open('x = (ˇ)\n#: {"drafts": [["1, 2"]]}\n')
    answer = await editor.fill(document)
    assert answer["gaps"] == [{"range": json_range(0, 5, 0, 5), "text": "1, 2"}]


async def test_a_client_that_applies_the_edit_itself_gets_the_proposed_text(editor):
    document = editor.open(PAIR)
    answer = await editor.fill(document)
    edit = editor.structure(answer["edit"], lsp.WorkspaceEdit)
    assert editor.apply(edit)
    assert document.text.startswith("first = one\nsecond = two\n")


async def test_of_several_gaps_nobody_says_how_sure_the_model_is(editor):
    answer = await editor.fill(editor.open(PAIR))
    assert answer["effort"]["confidence"] is None


async def test_a_draft_of_which_the_model_is_not_sure_enough_is_declined_unless_every_one_is_wanted(
    editor,
):
    document = editor.open('x = «1»\n#: {"drafts": [["2"]], "score": -3.0}\n')
    none = await editor.fill(document)
    assert none["kind"] == "none"
    assert none["reason"] == "the model is not sure enough of its draft (0.050 of 0.100)"
    assert "editdiff.confidence" in none["hint"]
    editor.configure({"confidence": 0})
    answer = await editor.fill(document)
    assert answer["kind"] == "proposal"
    assert answer["effort"]["confidence"] == pytest.approx(0.0498, abs=1e-4)
    editor.configure({"confidence": 0.9})
    assert (await editor.fill(document))["reason"].endswith("(0.050 of 0.900)")


async def test_two_proposals_have_two_names(editor):
    document = editor.open(ADD)
    names = [(await editor.fill(document))["id"] for _ in range(2)]
    assert names[0] != names[1]


# --- none


async def test_no_proposal_is_a_value_with_a_reason_and_a_hint(editor):
    document = editor.open('x = «1»\n#: {"drafts": []}\n')
    answer = await editor.fill(document)
    assert answer == {
        "kind": "none",
        "id": answer["id"],
        "reason": "the engine gave no draft",
        "hint": "mask a larger or another region, or choose another model",
    }


async def test_a_draft_that_does_not_parse_is_withheld(editor):
    answer = await editor.fill(editor.open('x = «1»\n#: {"drafts": [["(("]]}\n'))
    assert answer["kind"] == "none"
    assert answer["reason"].startswith("the only draft has a new problem")


async def test_what_stands_there_already_is_no_proposal(editor):
    answer = await editor.fill(editor.open('x = «1»\n#: {"drafts": [["1"]]}\n'))
    assert (answer["kind"], answer["reason"]) == (
        "none",
        "the model would leave the region as it is",
    )


async def test_an_engine_that_cannot_answer_is_told_with_its_hint(editor):
    document = editor.open('x = «1»\n#: {"fails": "the service is gone"}\n')
    answer = await editor.fill(document)
    assert answer["kind"] == "none"
    assert (answer["reason"], answer["hint"]) == ("the service is gone", "try another engine")


async def test_a_bug_of_the_engine_ends_one_request_and_not_the_server(editor):
    editor.forgive("a bug of the engine")
    broken = editor.open('x = «1»\n#: {"crashes": true}\n')
    with pytest.raises(JsonRpcException):
        await editor.fill(broken)
    whole = editor.open(ADD, "b.py")
    assert (await editor.fill(whole))["kind"] == "proposal"


# --- stale


async def test_ranges_of_an_older_version_are_carried_over_or_refused(editor):
    document = editor.open(ADD)
    params = fill_params(document)
    editor.change(document, (lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0)), "import os\n\n"))
    answer = await editor.ask("editdiff/fill", params)
    if answer["kind"] == "proposal":
        assert answer["version"] == 2
        assert answer["gaps"] == [{"range": json_range(3, 11, 3, 12), "text": "a + b"}]
    else:
        assert "changed" in answer["reason"]


async def test_ranges_of_an_older_version_that_was_changed_there_are_dropped(editor):
    document = editor.open(ADD)
    params = fill_params(document)
    editor.change(document, (document.ranges[0], "1"))
    answer = await editor.ask("editdiff/fill", params)
    assert answer["kind"] == "none"
    assert answer["id"] is None


async def test_a_version_that_is_yet_to_come_is_none(editor):
    document = editor.open(ADD)
    params = fill_params(document)
    params["textDocument"]["version"] = 7
    assert (await editor.ask("editdiff/fill", params))["kind"] == "none"


async def test_a_document_that_is_not_open_is_none(editor):
    document = editor.open(ADD)
    editor.close(document)
    assert (await editor.fill(document))["kind"] == "none"


async def test_an_edit_elsewhere_while_the_model_works_moves_the_proposal(editor):
    document = editor.open('x = «1»\n#: {"drafts": [["2"]], "steps": 10, "pause": 0.03}\n')
    working = editor.fill(document, draftToken="t")
    await editor.notice("draft")
    editor.change(document, (lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0)), "import os\n"))
    answer = await working
    assert (answer["version"], answer["gaps"]) == (
        2,
        [{"range": json_range(1, 4, 1, 5), "text": "2"}],
    )


async def test_an_edit_of_the_gap_while_the_model_works_drops_the_proposal(editor):
    document = editor.open('x = «1»\n#: {"drafts": [["2"]], "steps": 10, "pause": 0.03}\n')
    working = editor.fill(document, draftToken="t")
    await editor.notice("draft")
    editor.change(document, (document.ranges[0], "3"))
    answer = await working
    assert (answer["kind"], answer["id"]) == ("none", None)


# --- what cannot be asked


@pytest.mark.parametrize(
    "wrong",
    [
        {"ranges": []},
        {"ranges": None},
        {"ranges": [{"start": {"line": 0, "character": "0"}}]},
        {"textDocument": {}},
        {"textDocument": {"uri": 7, "version": 1}},
    ],
)
async def test_parameters_that_are_not_those_of_the_page_are_invalid(editor, wrong):
    document = editor.open(ADD)
    with pytest.raises(JsonRpcInvalidParams):
        await editor.ask("editdiff/fill", fill_params(document) | wrong)


async def test_ranges_that_overlap_are_refused_kindly(editor):
    document = editor.open("«x = 1»\n")
    twice = [document.ranges[0], lsp.Range(lsp.Position(0, 2), lsp.Position(0, 4))]
    answer = await editor.fill(document, *twice)
    assert answer["kind"] == "none"
    assert "overlap" in answer["reason"]


# --- more gaps than the model fills at once

MANY = "x = «1»\n" * 19 + '#: {"drafts": [["2"], ["3"]], "steps": 2}\n'


async def test_more_gaps_than_the_model_fills_at_once_are_one_proposal(editor):
    document = editor.open(MANY)
    answer = await editor.fill(document, draftToken="many gaps")
    assert [gap["text"] for gap in answer["gaps"]] == ["2"] * 19
    assert await editor.command("accept", answer["id"])
    assert document.text.startswith("x = 2\n" * 19)


async def test_while_groups_are_filled_every_gap_is_drawn_and_those_not_begun_without_text(editor):
    document = editor.open(MANY.replace('"steps": 2', '"steps": 1, "pause": 0.05'))
    await editor.fill(document, draftToken="groups")
    drawn = [n.params["gaps"] for n in editor.notices if n.name == "draft"]
    begun = [sum(bool(gap["places"]) for gap in gaps) for gaps in drawn]
    assert begun == [6, 12, 19]
    assert {len(gaps) for gaps in drawn} == {19}


async def test_of_many_gaps_another_draft_may_be_asked_for_wherever_they_are_now(editor):
    document = editor.open(MANY)
    first = await editor.fill(document)
    editor.change(document, (lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0)), "\n"))
    other = await editor.ask("editdiff/other", {"id": first["id"]})
    assert [gap["text"] for gap in other["gaps"]] == ["3"] * 19
    assert other["gaps"][0]["range"] == json_range(1, 4, 1, 5)


async def test_an_edit_in_one_of_many_gaps_drops_the_proposal(editor):
    document = editor.open(MANY)
    first = await editor.fill(document)
    editor.change(document, (lsp.Range(lsp.Position(18, 4), lsp.Position(18, 5)), "7"))
    other = await editor.ask("editdiff/other", {"id": first["id"]})
    assert other["kind"] == "none"


# --- another draft


async def test_the_other_draft_is_the_best_that_was_not_proposed_yet(editor):
    document = editor.open(PAIR)
    first = await editor.fill(document)
    other = await editor.ask("editdiff/other", {"id": first["id"]})
    assert other["kind"] == "proposal"
    assert [gap["text"] for gap in other["gaps"]] == ["eins", "zwei"]
    assert [gap["range"] for gap in other["gaps"]] == [gap["range"] for gap in first["gaps"]]


async def test_there_is_an_end_to_other_drafts(editor):
    document = editor.open(ADD)
    answer = await editor.fill(document)
    answer = await editor.ask("editdiff/other", {"id": answer["id"]})
    none = await editor.ask("editdiff/other", {"id": answer["id"]})
    assert (none["kind"], none["reason"]) == ("none", "the model has no other draft")


async def test_the_other_draft_is_for_the_gaps_wherever_they_are_now(editor):
    document = editor.open(ADD)
    first = await editor.fill(document)
    editor.change(document, (lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0)), "\n\n"))
    other = await editor.ask("editdiff/other", {"id": first["id"]})
    assert other["gaps"] == [{"range": json_range(3, 11, 3, 12), "text": "b + a"}]
    assert other["version"] == 2


async def test_another_draft_of_nothing_is_none(editor):
    answer = await editor.ask("editdiff/other", {"id": "no such proposal"})
    assert (answer["kind"], answer["id"]) == ("none", None)
    assert answer["reason"]
