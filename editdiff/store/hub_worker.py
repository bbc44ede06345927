"""Downloads one file of the hub; a program of its own, see `hub`.

`hf_hub_download` begins anew after an interruption (since huggingface_hub 2); its parts do not have to.
"""

from __future__ import annotations

import json
import re
import sys
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


def main() -> int:
    """Work, or say in one line what prevents it."""
    try:
        fetch(json.loads(sys.argv[1]))
    except Exception as error:
        line = " ".join(str(error).split("\n")[0].split())
        print(f"{type(error).__name__}: {line}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
