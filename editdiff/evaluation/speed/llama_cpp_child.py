"""llama.cpp as a child process: jobs out, answers in, and what went wrong in a sentence."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from editdiff.errors import EditdiffError, EngineError, MissingDependencyError
from editdiff.evaluation.speed import llama_cpp_worker


class Worker:
    """llama.cpp in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], log: Any) -> None:
        self._process, self._log = process, log

    def ask(self, do: str, **told: Any) -> dict[str, Any]:
        """Have a job done; what it says.

        Raises:
            MissingDependencyError: when the interpreter has no llama-cpp-python.
            EngineError: when the job fails, or the process is gone.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"do": do} | told) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._gone() from None
        answer = self._process.stdout.readline()
        if not answer:
            raise self._gone()
        said: dict[str, Any] = json.loads(answer)
        if "ModuleNotFoundError" in said.get("error", ""):
            raise MissingDependencyError(
                f"the interpreter has no llama.cpp: {said['error']}",
                "pip install llama-cpp-python there, or name another one with --python",
            )
        if "error" in said:
            raise EngineError(
                f"llama.cpp failed: {said['error']}", "name another GGUF file with --gguf"
            )
        return said

    def _gone(self) -> EditdiffError:
        code = self._process.wait()
        self._log.seek(0)
        said = self._log.read().strip().split("\n")[-1]
        return EngineError(
            f"llama.cpp has ended with {code}" + (f": {said}" if said else ""),
            "signal 4 is an instruction that the processor lacks: build it with GGML_NATIVE=OFF",
        )


@contextmanager
def worker(python: str) -> Iterator[Worker]:
    """A process of the interpreter `python`, which ends with the context.

    Raises:
        EngineError: when it cannot be started.
    """
    command = [python, "-I", llama_cpp_worker.__file__]
    pipe = subprocess.PIPE
    with tempfile.TemporaryFile("w+", errors="replace") as log:
        try:
            process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=log, text=True)
        except OSError as error:
            raise EngineError(
                f"{python} cannot be started: {error.strerror}",
                "name an interpreter that has llama-cpp-python with --python",
            ) from error
        with process:
            try:
                yield Worker(process, log)
            finally:
                process.kill()
