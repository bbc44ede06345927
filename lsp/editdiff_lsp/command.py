"""The command `editdiff lsp`."""

from __future__ import annotations

from typing import Annotated

import typer


def lsp(
    stdio: Annotated[
        bool, typer.Option("--stdio", help="Taken and ignored: there is no other way.")
    ] = False,
) -> int:
    """Serve editors: the Language Server Protocol on standard input and output.

    Editors start it themselves. It loads the model after the handshake, and sends nothing anywhere.
    """
    from editdiff_lsp.server import serve

    return serve()
