"""An ordinary user, for a moment."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

NOBODY = 65534
"""A user that owns nothing."""


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Permissions do not bind root, so that tests which run as root step down for a moment."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
