"""What the tests of the language server share: servers, started when they are wanted and ended after."""

import os

import pytest
import pytest_asyncio

pytest.register_assert_rewrite("lsp_editor", "lsp_interleaving", "lsp_user")

from lsp_editor import SCRIPTED, Editor  # noqa: E402


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """Environment of a server, without what the person who runs the tests has set for their own use.

    Its servers share no process with those of that person.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EDITDIFF_")}
    nothing = tmp_path_factory.getbasetemp()
    return kept | {
        "XDG_CONFIG_HOME": str(nothing / "no-config"),
        "XDG_RUNTIME_DIR": str(tmp_path_factory.mktemp("run")),
        "EDITDIFF_MODELS": str(nothing / "no-models"),
    }


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kept_servers(environment, tmp_path_factory):
    """Servers that live as long as the tests: one for each kind of client."""
    running = {}

    async def get(**kind):
        key = repr(kind)
        if key not in running:
            editor = running[key] = Editor()
            await editor.start(env=environment, cwd=tmp_path_factory.mktemp("server"))
            await editor.begin(**kind)
        return running[key]

    yield get
    for editor in running.values():
        await editor.leave()


@pytest_asyncio.fixture(loop_scope="session")
async def client(kept_servers):
    """A client that says what it can do: `await client(without=["resolve"])`; its server is used again."""
    editors = []

    async def client(**kind):
        editors.append(await kept_servers(**kind))
        return editors[-1].fresh()

    yield client
    for editor in editors:
        editor.fresh()


@pytest_asyncio.fixture(loop_scope="session")
async def editor(client):
    """A client that can do all that VS Code can, without any document open."""
    return await client()


@pytest_asyncio.fixture(loop_scope="session")
async def start(environment, tmp_path):
    """Start a server for this test alone: `await start({"model": "slow"})`."""
    editors = []

    async def start(options=None, command=SCRIPTED, **kind):
        editor = Editor()
        await editor.start(command, env=environment, cwd=tmp_path)
        editors.append(editor)
        await editor.begin(options, **kind)
        return editor

    yield start
    for editor in editors:
        await editor.leave()
