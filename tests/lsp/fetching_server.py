"""The language server over models of a folder, the last argument, in place of those that come with editdiff."""

import sys
from pathlib import Path

from editdiff_lsp import keeping, server

from editdiff.engines import choose

if __name__ == "__main__":
    folder = Path(sys.argv.pop())
    choose.embedded = lambda name: folder / name
    keeping.PULSE = 0.1
    sys.exit(server.serve())
