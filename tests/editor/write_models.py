"""Write into the folder of the argument `models`, nano and a small coder to be fetched, and its `coder.gguf`."""

import sys
from pathlib import Path

from tiny_gguf import TINY, write_unfetched

from editdiff.engines.choose import embedded

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    file = TINY.write(folder / "coder.gguf")
    write_unfetched(folder / "models/coder", TINY, file)
    (folder / "models/nano").symlink_to(embedded("nano"))
