"""The command `editdiff` over models of a folder, the first argument, in place of those that come with it."""

import sys
from pathlib import Path

from editdiff_lsp import keeping

from editdiff.cli.app import main
from editdiff.engines import choose

if __name__ == "__main__":
    folder = Path(sys.argv.pop(1))
    choose.embedded = lambda name: folder / name
    keeping.PULSE = 0.1
    sys.exit(main())
