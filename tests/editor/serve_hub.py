"""A hub with the file of the argument, which falls silent in the middle of the first fetch; it ends with its input.

It tells its address, `silent`, and `left` when who fetched is gone.
"""

import hashlib
import sys
import time
from pathlib import Path
from threading import Thread

from stand_ins import HubServer, serving


def watch(hub: HubServer) -> None:
    """Tell what happens, a word a line."""
    while hub.holds_after is not None:
        time.sleep(0.02)
    print("silent", flush=True)
    hub.left.wait()
    print("left", flush=True)


if __name__ == "__main__":
    with serving() as hub:
        hub.content = Path(sys.argv[1]).read_bytes()
        hub.tag = hashlib.sha256(hub.content).hexdigest()
        hub.holds_after = len(hub.content) // 2
        print(hub.endpoint, flush=True)
        Thread(target=watch, args=(hub,), daemon=True).start()
        sys.stdin.read()
