"""Do what the Dockerfile says without Docker, in a folder that stands for the image's root.

No image is built: the base's own files, users and layers are this machine's. What is rehearsed are the very lines of RUN, COPY, ENV,
HEALTHCHECK, ENTRYPOINT and CMD. All of them, with a fresh environment from the package index (minutes): from the root of the repository

    python tests/packaging/rehearsing.py FOLDER
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "packaging" / "Dockerfile"
PLACES = ("/opt/", "/var/lib/standout", "/models", "/etc/standout", "/usr/local/bin/standout-start")
"""Paths of the image that the commands write to; here they lie below the folder."""
PATIENCE = 120.0


@dataclass(frozen=True)
class Line:
    """One instruction: its word, its flags, and the rest."""

    word: str
    flags: tuple[str, ...]
    rest: str

    @property
    def listed(self) -> list[str]:
        """The rest in its JSON form; after CMD, for a health check."""
        found = json.loads(self.rest.removeprefix("CMD").strip())
        assert all(isinstance(item, str) for item in found)
        return found


def lines(text: str) -> list[Line]:
    """The instructions of a Dockerfile, continued lines joined and comments left out."""
    kept = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    found = []
    for line in re.sub(r"\\\n\s*", "", "\n".join(kept)).splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            flags = re.match(r"(?:--\S+\s+)*", rest)
            assert flags is not None
            found.append(Line(word, tuple(flags[0].split()), rest[flags.end() :].strip()))
    return found


def stages(text: str) -> list[list[Line]]:
    """The instructions by stage, each beginning with its FROM."""
    found: list[list[Line]] = []
    for line in lines(text):
        if line.word == "FROM":
            found.append([])
        if found:
            found[-1].append(line)
    return found


def environment(stage: list[Line]) -> dict[str, str]:
    """The variables that a stage sets."""
    return dict(pair.split("=", 1) for line in stage if line.word == "ENV" for pair in line.rest.split())


class Rehearsal:
    """A folder that stands for an image's root, and a container of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.build, self.final = stages(DOCKERFILE.read_text())
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None
        self.more: dict[str, str] = {}  # what `docker run --env` would add

    def here(self, text: str) -> str:
        """A text of the Dockerfile with the image's paths below the folder and its port a free one."""
        for place in PLACES:
            text = re.sub(rf"(?<![\w.]){re.escape(place)}", f"{self.root}{place}", text)
        return text.replace("8000", str(self.port))

    def install(self) -> None:
        """The first stage's RUN lines, with the repository where COPY puts it."""
        (self.root / "opt").mkdir(parents=True, exist_ok=True)
        for line in (line for line in self.build if line.word == "RUN"):
            print(f"RUN {line.rest}", flush=True)
            subprocess.run(["sh", "-c", self.here(line.rest)], cwd=ROOT, check=True, env=_bare(os.environ["PATH"]))

    def assemble(self) -> None:
        """What the last stage copies and makes, its user aside."""
        for folder in ("var/lib/standout", "models", "etc/standout", "usr/local/bin"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        for line in (line for line in self.final if line.word == "COPY" and not line.flags[0].startswith("--from")):
            source, target = line.rest.split()
            shutil.copy(ROOT / source, self.here(target))
            mode = next(f for f in line.flags if f.startswith("--chmod=")).partition("=")[2]
            os.chmod(self.here(target), int(mode, 8))

    @property
    def variables(self) -> dict[str, str]:
        """What a container has: the last stage's ENV, and nothing of this shell."""
        told = environment(self.final)
        path = f"{self.root}/opt/standout/bin:{self.root}/usr/local/bin:{told.pop('PATH').partition(':')[2]}"
        return _bare(path) | {key: self.here(value) for key, value in told.items()} | self.more

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What `docker run IMAGE ARGUMENTS` would do."""
        return subprocess.run(
            [*self._entry(), *arguments], env=self.variables, cwd=self._folder, capture_output=True, text=True, timeout=PATIENCE
        )

    def start(self) -> float:
        """Start ENTRYPOINT and CMD and wait until the health check is content; how long that took, in seconds."""
        command = [self.here(item) for item in _of(self.final, "CMD").listed]
        began = time.monotonic()
        with (self.root / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self._entry(), *command], env=self.variables, cwd=self._folder, stdout=log, stderr=log
            )
        while not self.healthy():
            assert self.process.poll() is None, self.told()
            assert time.monotonic() - began < PATIENCE, self.told()
        return time.monotonic() - began

    def healthy(self) -> bool:
        """What the health check says."""
        check = [self.here(item) for item in _of(self.final, "HEALTHCHECK").listed]
        return subprocess.run(check, env=self.variables, capture_output=True, timeout=PATIENCE).returncode == 0

    def stop(self) -> int:
        """Send what STOPSIGNAL says, and wait; the exit code."""
        assert self.process is not None
        self.process.send_signal(getattr(signal, _of(self.final, "STOPSIGNAL").rest))
        return self.process.wait(PATIENCE)

    def told(self) -> str:
        """What the container wrote."""
        return (self.root / "log").read_text()

    def _entry(self) -> list[str]:
        return [self.here(f"/usr/local/bin/{item}") for item in _of(self.final, "ENTRYPOINT").listed]

    @property
    def _folder(self) -> str:
        return self.here(_of(self.final, "WORKDIR").rest)


def _of(stage: list[Line], word: str) -> Line:
    (found,) = [line for line in stage if line.word == word]
    return found


def _bare(path: str) -> dict[str, str]:
    """An environment as a container begins with, and what this machine needs to reach its package index."""
    return {"PATH": path} | {key: value for key, value in os.environ.items() if key.startswith(("PIP_", "SSL_", "REQUESTS_"))}


def settings(rehearsal: Rehearsal) -> None:
    """A serve.toml as a user would write it, for a store in the volume."""
    text = f'models = ["payments={rehearsal.root}/models/payments.standout"]\nhost = "0.0.0.0"\nport = {rehearsal.port}\n'
    (rehearsal.root / "etc" / "standout" / "serve.toml").write_text(text)


def main(folder: Path) -> None:
    """Rehearse all of it, and say how it went."""
    rehearsal = Rehearsal(folder.absolute())
    rehearsal.install()
    rehearsal.assemble()
    settings(rehearsal)
    python = [str(rehearsal.root / "opt/standout/bin/standout")]
    subprocess.run([*python, "example", "payments", "p.csv", "--rows", "600"], cwd=folder, check=True, env=rehearsal.variables)
    made = ["train", "p.csv", "--label", "fraud", "--out", str(folder.absolute() / "models/payments.standout")]
    subprocess.run([*python, *made], cwd=folder, check=True, env=rehearsal.variables)
    made_key = rehearsal.run("keys", "--make", "anna", "--role", "act")
    assert made_key.returncode == 0, made_key.stderr
    print(f"ready after {rehearsal.start():.1f} s")
    print(rehearsal.told())
    began = time.monotonic()
    code = rehearsal.stop()
    print(f"stopped with {code} after {time.monotonic() - began:.1f} s")
    assert code == 0, rehearsal.told()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
