"""`python -m editdiff`: the same as the command `editdiff`."""

import sys

from editdiff.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
