"""The process in which llama.cpp runs: started by `llama_cpp` with an interpreter that has llama-cpp-python.

A script, never imported by us, and it imports nothing of ours. It reads one job a line (JSON: `do`, and what that
takes) and answers each with one line (JSON). Seconds are its own clock's, around what llama.cpp does alone.
"""

from __future__ import annotations

import ctypes
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

STATUS = Path("/proc/self/status")
TYPES = {"q8_0": 7, "q4_0": 2}
"""`llama_ftype` of what a file is rewritten as."""
BATCH = 512
"""Tokens of a context that are read at once."""
_model: Any = None


def load(file: str, threads: int, context: int, lookup: bool) -> dict[str, Any]:
    """Load a file; `lookup` has it draft what stands in the context already."""
    global _model
    import llama_cpp
    from llama_cpp.llama_speculative import LlamaPromptLookupDecoding

    _model = llama_cpp.Llama(
        file,
        n_ctx=context,
        n_batch=BATCH,
        n_threads=threads,
        n_threads_batch=threads,
        draft_model=LlamaPromptLookupDecoding() if lookup else None,
        logits_all=lookup,  # a draft model needs all; without this it has room for those of one batch alone
        verbose=False,
    )
    system = llama_cpp.llama_print_system_info().decode()
    return {"version": llama_cpp.__version__, "system": system}


def cut(text: str) -> dict[str, Any]:
    """Tokens of a text, to see that the file has our vocabulary."""
    return {"ids": _model.tokenize(text.encode(), add_bos=False, special=False)}


def encode(ids: list[int]) -> dict[str, Any]:
    """Read a context from nothing."""
    _model.reset()
    return {"seconds": _seconds(lambda: _model.eval(ids))}


def step(token: int) -> dict[str, Any]:
    """Read one token behind all before it."""
    return {"seconds": _seconds(lambda: _model.eval([token]))}


def line(ids: list[int], cold: bool, most: int, lines: int) -> dict[str, Any]:
    """Write greedily to the end of so many lines, `most` tokens at most; `cold` forgets what was read."""
    if cold:
        _model.reset()
    pieces: list[bytes] = []

    def write() -> None:
        for token in _model.generate(ids, temp=0.0):
            piece = _model.detokenize([token])
            pieces.append(piece)
            ended = b"".join(pieces).count(b"\n") >= lines
            if not piece or ended or len(pieces) == most:  # nothing: a special token
                break

    seconds = _seconds(write)
    text = b"\n".join(b"".join(pieces).split(b"\n")[:lines])
    return {"seconds": seconds, "tokens": len(pieces), "text": text.decode(errors="replace")}


def memory() -> dict[str, Any]:
    """Resident bytes now and at most so far; nothing where the system does not say."""
    if not STATUS.is_file():
        return {}
    fields = dict(row.split(":", 1) for row in STATUS.read_text().split("\n") if ":" in row)
    return {name: 1024 * int(fields[name].split()[0]) for name in ("VmRSS", "VmHWM")}


def quantize(file: str, into: str, kind: str, threads: int) -> dict[str, Any]:
    """Rewrite a file in one of TYPES, also one that is rounded already."""
    import llama_cpp

    wanted = llama_cpp.llama_model_quantize_default_params()
    wanted.ftype, wanted.nthread, wanted.allow_requantize = TYPES[kind], threads, True
    failed = llama_cpp.llama_model_quantize(file.encode(), into.encode(), ctypes.byref(wanted))
    return {"error": f"llama_model_quantize returns {failed}"} if failed else {}


JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    job.__name__: job for job in (load, cut, encode, step, line, memory, quantize)
}


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def main() -> None:
    """Serve jobs until standard input ends."""
    for told in sys.stdin:
        job = json.loads(told)
        try:
            said = JOBS[job.pop("do")](**job)
        except Exception as error:
            said = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
