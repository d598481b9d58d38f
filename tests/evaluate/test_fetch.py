"""Public sets fetched by manifest, from a server on this machine: what is not as its checksum says is not kept."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from standout.core.errors import ParameterError, UnreadableError
from standout.evaluate.suites._fetch import fetch, read_manifest, verify

CONTENT = b"a set of rows" * 1000
RIGHT = hashlib.sha256(CONTENT).hexdigest()


class Publisher(BaseHTTPRequestHandler):
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/broken":
            self.send_response(200)
            self.send_header("Content-Length", "99999999")
            self.end_headers()
            self.wfile.write(b"half of it")
            return
        self.send_response(200 if self.path == "/set.npz" else 404)
        self.end_headers()
        if self.path == "/set.npz":
            self.wfile.write(CONTENT)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def publisher() -> Iterator[str]:
    Publisher.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Publisher) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def manifest(folder: Path, **entry: Any) -> Path:
    path = folder / "sets.toml"
    lines = [f"{k} = {v if isinstance(v, int) else repr(str(v))}" for k, v in entry.items()]
    path.write_text("\n".join(["[[file]]", *lines]) + "\n")
    return path


def quiet(_: str) -> None: ...


def test_a_file_is_fetched_once_and_held_against_its_checksum(publisher: str, tmp_path: Path) -> None:
    listed = manifest(tmp_path, path="adbench/set.npz", url=f"{publisher}/set.npz", sha256=RIGHT)
    told: list[str] = []
    assert fetch(listed, tmp_path / "data", told.append) == 1
    assert (tmp_path / "data" / "adbench" / "set.npz").read_bytes() == CONTENT
    assert fetch(listed, tmp_path / "data", told.append) == 0
    assert Publisher.asked == ["/set.npz"]
    assert told[-1] == "adbench/set.npz is there"


def test_a_file_that_is_not_what_its_checksum_says_is_not_kept_and_the_old_one_stays(publisher: str, tmp_path: Path) -> None:
    (tmp_path / "set.npz").write_bytes(b"old")
    listed = manifest(tmp_path, path="set.npz", url=f"{publisher}/set.npz", sha256="0" * 64)
    with pytest.raises(UnreadableError, match=f"has the SHA-256 {RIGHT}"):
        fetch(listed, tmp_path, quiet)
    assert (tmp_path / "set.npz").read_bytes() == b"old"
    assert {p.name for p in tmp_path.iterdir()} == {"set.npz", "sets.toml"}


@pytest.mark.parametrize(("place", "says"), [("absent", "404"), ("broken", "SHA-256|cannot be fetched")])
def test_a_file_that_cannot_be_had_is_named(publisher: str, tmp_path: Path, place: str, says: str) -> None:
    listed = manifest(tmp_path, path="set.npz", url=f"{publisher}/{place}", sha256=RIGHT)
    with pytest.raises(UnreadableError, match=says):
        fetch(listed, tmp_path, quiet)
    assert not (tmp_path / "set.npz").exists()


def test_more_bytes_than_announced_are_refused(publisher: str, tmp_path: Path) -> None:
    listed = manifest(tmp_path, path="set.npz", url=f"{publisher}/set.npz", sha256=RIGHT, bytes=100)
    with pytest.raises(UnreadableError, match="larger than 100 bytes"):
        fetch(listed, tmp_path, quiet)
    assert not (tmp_path / "set.npz").exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"path": "../set.npz"}, "path is"),
        ({"path": "/etc/set.npz"}, "path is"),
        ({"path": ""}, "path is"),
        ({"path": 3}, "path is 3"),
        ({"url": "file:///etc/passwd"}, "url is"),
        ({"sha256": "abc"}, "sha256 is"),
        ({"bytes": "many"}, "bytes is"),
        ({"mode": "755"}, "it needs path, url and sha256"),
    ],
)
def test_an_entry_that_cannot_be_right_is_refused_by_name(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    entry = {"path": "set.npz", "url": "https://example.org/set.npz", "sha256": RIGHT}
    with pytest.raises(ParameterError, match=says) as told:
        read_manifest(manifest(tmp_path, **(entry | change)))
    assert "file 1" in told.value.what


def test_a_manifest_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sets.toml").write_text("file = 3")
    with pytest.raises(ParameterError, match=r"lists no \[\[file\]\]"):
        read_manifest(tmp_path / "sets.toml")
    (tmp_path / "sets.toml").write_text("<html>")
    for path in (tmp_path / "sets.toml", tmp_path / "absent.toml"):
        with pytest.raises(UnreadableError, match="is no manifest"):
            read_manifest(path)


def test_files_are_held_against_a_list_of_checksums(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a")
    sums, told = tmp_path / "sums.txt", list[str]()
    right = hashlib.sha256(b"a").hexdigest()
    sums.write_text(f"{right}  a.csv\n{right}  absent.csv\n")
    assert verify(sums, tmp_path, told.append) == 1
    assert told == ["absent.csv is not there"]
    (tmp_path / "a.csv").write_bytes(b"b")
    with pytest.raises(UnreadableError, match=r"1 of 1 files are not what sums.txt says: a.csv"):
        verify(sums, tmp_path, quiet)
    sums.write_text("nonsense\n")
    with pytest.raises(ParameterError, match="line 1"):
        verify(sums, tmp_path, quiet)
