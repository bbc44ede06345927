"""The machine that was measured on, in words."""

from __future__ import annotations

import os
import platform
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from editdiff.families.running import AS_IT_COMES, Running

CPUINFO = Path("/proc/cpuinfo")
MATTERS = (
    "avx2", "avx_vnni", "avx512f", "avx512bw", "avx512_vnni", "avx512_bf16", "amx_int8", "asimddp", "i8mm", "sve",
)  # fmt: skip
"""Instruction sets that decide how fast products of matrices are."""

RUNTIMES = ("onnxruntime-gpu", "onnxruntime", "openvino", "torch")


def facts(running: Running = AS_IT_COMES) -> list[str]:
    """Processor, cores, instruction sets, versions, how a network was run, and how busy the machine is."""
    model, flags = processor()
    has = ", ".join(name for name in MATTERS if name in flags) or "unknown"
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = f"{running.threads} threads" if running.threads else "its own number of threads"
    lines = [
        f"machine: {model}, {usable} cores usable; instruction sets: {has}",
        f"{platform.system()}, Python {sys.version.split()[0]}, {_runtimes()}; engine {running.engine}, {threads}",
    ]
    if hasattr(os, "getloadavg"):
        lines.append(
            f"load average {os.getloadavg()[0]:.1f} at the end, this command's own included: whatever else "
            "runs disturbs absolute times more than ratios."
        )
    return lines


def processor() -> tuple[str, frozenset[str]]:
    """Model of the processor and its flags, as far as the system says."""
    try:
        text = CPUINFO.read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine(), frozenset()
    fields: dict[str, str] = {}
    for line in text.split("\n"):
        key, _, value = line.partition(":")
        fields.setdefault(key.strip(), value.strip())
    model = fields.get("model name") or platform.machine()
    if "model" in fields and "cpu family" in fields:
        model += f" (family {fields['cpu family']}, model {fields['model']})"
    return model, frozenset((fields.get("flags") or fields.get("Features", "")).split())


def _runtimes() -> str:
    """Whatever may run a network here, with its version."""
    found = []
    for name in RUNTIMES:
        with suppress(metadata.PackageNotFoundError):
            found.append(f"{name} {metadata.version(name)}")
    return ", ".join(found) or "nothing that runs a network"
