"""Downloads one file of the hub; a program of its own, see `hub`.

`hf_hub_download` begins anew after an interruption (since huggingface_hub 2); its parts do not have to.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from threading import Thread
from typing import Any

CHUNK = 1 << 20
"""Bytes that an interruption costs at most; huggingface_hub would write ten times as many at once."""


def fetch(job: dict[str, Any]) -> None:
    """Append what is missing to the file `to`.

    Raises:
        Exception: whatever huggingface_hub and the system raise; `ValueError` when the hub has another file.
    """
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    url = hf_hub_url(job["repo"], job["file"], revision=job["revision"])
    there = get_hf_file_metadata(url, token=False)
    # of a large file the tag is its hash: another one is refused before anything is downloaded
    hashed = re.fullmatch("[0-9a-f]{64}", there.etag or "") is not None
    if there.size not in (None, job["size"]) or (hashed and there.etag != job["sha256"]):
        raise ValueError("there is another file of that name now")
    constants.DOWNLOAD_CHUNK_SIZE = CHUNK
    with open(job["to"], "ab") as file:
        http_get(
            there.location,
            file,
            resume_size=file.tell(),
            headers=build_hf_headers(token=False),
            expected_size=job["size"],
        )


def end_with(parent: int) -> None:
    """End when the process that asked is gone: the next one would write into the same file."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def main() -> int:
    """Work, or say in one line what prevents it."""
    job = json.loads(sys.argv[1])
    if os.name == "posix":  # elsewhere a process keeps the number of a parent that is gone
        Thread(target=end_with, args=(job["parent"],), daemon=True).start()
    try:
        fetch(job)
    except Exception as error:
        line = " ".join(str(error).split("\n")[0].split())
        print(f"{type(error).__name__}: {line}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
