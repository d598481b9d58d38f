"""The lines of the Dockerfile that run in a container, run here: entry, kernels, health check, signal; with this environment's Standout."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from rehearsing import Rehearsal, settings

import standout
from standout.data import examples
from standout.detect.isolation_forest import IsolationForest
from standout.flow import run
from standout.goal.goal import Goal


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory):
    """A root with this environment in the place of the image's own, a model, and settings as a user writes them."""
    made = Rehearsal(tmp_path_factory.mktemp("image"))
    made.assemble()
    programs = made.root / "opt" / "standout" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    source = Path(standout.__file__).parents[1]
    kernels = f"import os; os.environ['NUMBA_CACHE_DIR'] = '{os.environ.get('NUMBA_CACHE_DIR', '')}'; "
    start = f"import sys; sys.path.insert(0, '{source}'); {kernels}from standout.deploy.cli import console; console()"
    (programs / "standout").write_text(f'#!/bin/sh\nexec {sys.executable} -c "{start}" "$@"\n')
    for program in programs.iterdir():
        program.chmod(0o755)
    kept = made.root / "opt" / "kernels" / "kernels_1"
    kept.mkdir(parents=True)
    (kept / "one.nbi").write_text("came with the image")
    rows = examples.make("payments", 300)
    model = run(rows, Goal(alerts=5, label=rows.column_names[-1]), detector=IsolationForest(trees=8)).model
    model.save(made.root / "models" / "payments.standout")
    settings(made)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()


def test_it_refuses_to_start_without_a_key_then_serves_is_healthy_and_stops_at_the_signal(rehearsal):
    without = rehearsal.run("serve", "--settings", str(rehearsal.root / "etc/standout/serve.toml"))
    assert without.returncode == 2
    assert "there is no key yet" in without.stderr
    assert not rehearsal.healthy()
    assert rehearsal.run("keys", "--make", "anna", "--role", "act").returncode == 0
    rehearsal.start()
    assert rehearsal.stop() == 0
    assert "everything that was acknowledged is stored" in rehearsal.told()
    assert not rehearsal.healthy()


def test_kernels_of_the_image_go_where_they_can_be_kept_and_newer_ones_stay(rehearsal):
    kept = rehearsal.root / "var/lib/standout/kernels/kernels_1/one.nbi"
    assert kept.read_text() == "came with the image"
    kept.write_text("compiled since")
    assert rehearsal.run("--version").returncode == 0
    assert kept.read_text() == "compiled since"


def test_a_password_in_a_file_reaches_the_client_of_postgresql(rehearsal):
    secret = rehearsal.root / "secret"
    secret.write_text("s3cret\n")
    program = rehearsal.root / "opt/standout/bin/standout"
    before = program.read_text()
    program.write_text('#!/bin/sh\necho "$PGPASSWORD $*"\n')
    try:
        rehearsal.more = {"PGPASSWORD_FILE": str(secret)}
        assert rehearsal.run("serve", "a b").stdout == "s3cret serve a b\n"
    finally:
        rehearsal.more = {}
        program.write_text(before)
