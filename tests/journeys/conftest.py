"""Calling the command line as a shell would."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from standout.deploy.cli import main


@pytest.fixture
def standout(capfd: pytest.CaptureFixture[str]) -> Callable[..., SimpleNamespace]:
    """Call the command line as a shell would: what it printed, what it said, and its exit code."""

    def call(*arguments: object) -> SimpleNamespace:
        capfd.readouterr()
        code = 0
        try:
            main([str(a) for a in arguments])
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 0
        out, err = capfd.readouterr()
        return SimpleNamespace(out=out, err=err, code=code)

    return call
