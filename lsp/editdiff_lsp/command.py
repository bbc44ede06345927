"""The command `editdiff lsp`."""

from __future__ import annotations

from typing import Annotated

import typer


def lsp(
    stdio: Annotated[
        bool, typer.Option("--stdio", help="Taken and ignored: there is no other way.")
    ] = False,
    alone: Annotated[
        bool, typer.Option("--alone", help="Be a process apart, and load a model of our own.")
    ] = False,
) -> int:
    """Serve editors: the Language Server Protocol on standard input and output.

    Editors start it themselves. It loads the model after the handshake, and sends nothing anywhere, unless
    your own settings name an endpoint that infills and rewrites. Windows of one user are served by one process, so
    that the model is in memory once.
    """
    from editdiff_lsp.sharing import shared

    code = None if alone else shared()
    if code is None:
        from editdiff_lsp.server import serve

        code = serve()
    return code
