"""Where compiled kernels are kept between starts, and for which processor they are compiled."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, cast

from llvmlite import binding
from numba.core import config

from standout.core.errors import OutputError

WIDE = ("avx512f", "avx2", "avx", "sse4.2", "sve", "neon")
"""Instructions that work on several numbers at once, widest first."""


def cache_folder() -> Path:
    """The folder of compiled kernels; OutputError where there is none that can be written.

    numba itself refuses to load a kernel where it can keep none: then nothing of Standout that computes works.
    """
    try:
        from standout.kernels.counting import runs
    except RuntimeError as error:
        raise OutputError(
            f"Compiled kernels can be kept nowhere: {error}.", "Set NUMBA_CACHE_DIR to a folder that can be written."
        ) from error
    folder = Path(cast(Any, runs).stats.cache_path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise OutputError(
            f"The folder of compiled kernels, {folder}, cannot be written: {error.strerror}.",
            "Set NUMBA_CACHE_DIR to a folder that can be written.",
        ) from error


def compiled(folder: Path) -> int:
    """How many kernels have been compiled and kept there, for whatever processor.

    >>> compiled(Path("no such folder"))
    0
    """
    return sum(1 for _ in folder.glob("*.nbi"))


def processor() -> tuple[str, str]:
    """The processor that kernels are compiled for, and its widest instructions. NUMBA_CPU_NAME overrules the first."""
    told = cast(Any, config).CPU_NAME  # numba makes its settings as it is imported
    if told:
        return str(told), "as NUMBA_CPU_NAME says"
    features = binding.get_host_cpu_features()
    return str(binding.get_host_cpu_name()), next((wide for wide in WIDE if features.get(wide)), "no wide instructions")
