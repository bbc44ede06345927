"""`textDocument/completion`: the same ghost text, for a client that has no inline completion."""

import pytest
from lsprotocol import types as lsp

pytestmark = pytest.mark.asyncio(loop_scope="session")

SUM = 'total = sum(ˇ\n#: {"drafts": [["items)"]]}\n'


async def complete(editor, document):
    identifier = lsp.TextDocumentIdentifier(document.uri)
    params = lsp.CompletionParams(identifier, document.ranges[0].start)
    return await editor.protocol.send_request_async(lsp.TEXT_DOCUMENT_COMPLETION, params)


async def test_it_is_offered_only_where_inline_completion_is_not(client):
    able, plain = await client(), await client(without=["inlineCompletion"])
    assert able.server_capabilities.completion_provider is None
    assert able.server_capabilities.inline_completion_provider
    assert plain.server_capabilities.completion_provider is not None


async def test_the_only_item_is_the_rest_of_the_line(client):
    editor = await client(without=["inlineCompletion"])
    document = editor.open(SUM)
    answer = await complete(editor, document)
    (item,) = answer.items
    assert item.text_edit == lsp.TextEdit(document.ranges[0], "items)")
    assert answer.is_incomplete, "as the text goes on, the model is to be asked again"


async def test_applied_it_completes_the_line(client):
    editor = await client(without=["inlineCompletion"])
    document = editor.open(SUM)
    (item,) = (await complete(editor, document)).items
    document.apply([item.text_edit])
    assert document.text.startswith("total = sum(items)\n")


async def test_there_is_none_below_the_threshold(client):
    editor = await client(without=["inlineCompletion"])
    document = editor.open('total = sum(ˇ\n#: {"drafts": [["items)"]], "score": -3.0}\n')
    answer = await complete(editor, document)
    assert answer is None or not answer.items
