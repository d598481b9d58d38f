"""Shared by all tests."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from standout.deploy.cli import main

collect_ignore_glob = ["*/conftest.py"]  # each is loaded where it holds; doctests of two of one name would be taken for one file


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261121)


@pytest.fixture(scope="session")
def public_data() -> Path:
    """The folder of public data sets; a test that needs it is skipped where there is none."""
    told = os.environ.get("STANDOUT_DATA")
    folder = Path(told) if told else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no public data sets here: set STANDOUT_DATA to a folder laid out as docs/data.md says")
    return folder


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


def _program(name: str) -> str | None:
    found = shutil.which(name)
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return found if found and name != "postgres" else str(installed[-1]) if installed else found


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of an empty database of a real server, on a socket in a folder of its own.

    Without a server, tests are skipped, or fail where CI=true.
    """
    initdb, server = _program("initdb"), _program("postgres")
    if initdb is None or server is None:
        message = "PostgreSQL is not installed here: apt-get install postgresql"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    user = None
    if os.geteuid() == 0:  # the server refuses to run as root
        user = "nobody"
        shutil.chown(folder, user)
    data = folder / "data"
    subprocess.run(
        [initdb, "-D", str(data), "-U", "tester", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"],
        check=True, capture_output=True, user=user, cwd=folder,
    )  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [server, "-D", str(data), "-k", str(folder), "-c", "listen_addresses=", "-c", "fsync=off"],
            stdout=log, stderr=log, user=user, cwd=folder,
        )  # fmt: skip
        try:
            _wait_for(folder / ".s.PGSQL.5432", process)
            yield f"postgresql://tester:s3cret@/postgres?host={folder}"
        finally:
            process.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
            process.wait(timeout=30)
    shutil.rmtree(folder, ignore_errors=True)


def _wait_for(socket: Path, process: subprocess.Popen[bytes]) -> None:
    import sqlalchemy

    url = f"postgresql+psycopg://tester@/postgres?host={socket.parent}"
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    for _ in range(300):
        if process.poll() is not None:
            pytest.fail(f"the PostgreSQL server ended: {(socket.parent / 'log').read_text()[-500:]}")
        try:
            with engine.connect():
                return
        except sqlalchemy.exc.OperationalError:
            time.sleep(0.05)
    pytest.fail("the PostgreSQL server did not start in 15 seconds")
