"""A model file from a stranger: whatever stands in it, reading gives a model or a ModelFileError, and nothing else."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import by_hand
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standout.core import store
from standout.core.errors import ModelFileError, OutputError
from standout.core.live import Live
from standout.core.model import Model
from standout.core.registry import find

ARRAY = np.arange(6, dtype=np.float64)


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("store") / "good.standout"
    by_hand.model(explained=True).save(path)
    return path


def refused(path: Path) -> ModelFileError:
    with pytest.raises(ModelFileError) as caught:
        Model.load(path)
    assert caught.value.hint
    return caught.value


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(path: Path, parts: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def changed(good: Path, path: Path, change) -> Path:
    """The good file with `change(document)` done to its model.json."""
    parts = members(good)
    document = json.loads(parts["model.json"])
    change(document)
    parts["model.json"] = store.canonical(document)
    return written(path, parts)


def forged(good: Path, path: Path, name: str, array: np.ndarray) -> Path:
    """The good file with another array under a name, its checksum made to fit."""
    parts = members(good)
    document = json.loads(parts["model.json"])
    document["arrays"][name] = store._description(array)
    parts[f"arrays/{name}"] = store._raw(array)
    parts["model.json"] = store.canonical(document)
    return written(path, parts)


def test_the_good_file_is_good(good):
    assert Model.load(good).digest == by_hand.model(explained=True).digest
    assert len(Model.load(good).explain(by_hand.table(3))) == 3


def test_what_was_written_is_read(tmp_path):
    kinds = sorted(store.DTYPES)
    arrays = {f"a/{d}": np.arange(6).reshape(2, 3).astype(d) for d in kinds} | {"empty": np.empty((0, 4)), "none": np.array(3.0)}
    store.write(tmp_path / "m", {"says": "größer \u2028"}, arrays)
    document, read = store.read(tmp_path / "m")
    assert document == {"says": "größer \u2028"}
    assert set(read) == set(arrays)
    assert all(read[k].dtype == arrays[k].dtype and read[k].shape == arrays[k].shape for k in arrays)
    assert all(np.array_equal(read[k], arrays[k]) and read[k].flags.writeable for k in arrays)


def test_the_same_model_gives_the_same_bytes_whatever_the_order(tmp_path):
    arrays = {"b": ARRAY, "a": ARRAY.astype(">i4")}
    store.write(tmp_path / "one", {"x": 1, "y": 2}, arrays)
    store.write(tmp_path / "two", {"y": 2, "x": 1}, dict(reversed(arrays.items())))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert store.digest({"x": 1}, arrays) != store.digest({"x": 1}, {**arrays, "b": ARRAY + 1})


def test_a_file_of_format_1_still_opens(good, tmp_path):
    def older(document):
        document["format"] = 1

    model = Model.load(changed(good, tmp_path / "old", older))
    assert model.digest == Model.load(good).digest
    assert model.policy_state == {}


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("policy/wealth", np.zeros(12)),
        ("policy/wealth", np.full(13, np.nan)),
        ("policy/counts", np.zeros(2)),
        ("policy/more", np.zeros(1)),
    ],
)
def test_what_a_policy_remembers_is_checked_as_every_state_is(tmp_path, name, array):
    whole = by_hand.model().with_policy(find("policy", "lord-plus-plus")())
    whole = replace(whole, policy_state=whole.policy.start())
    whole.save(tmp_path / "good")
    assert Model.load(tmp_path / "good").digest == whole.digest
    with pytest.raises(ModelFileError, match=name.removeprefix("policy/")):
        Model.load(forged(tmp_path / "good", tmp_path / "m", name, array))


def test_a_memory_of_a_policy_that_keeps_none_is_refused(good, tmp_path):
    with pytest.raises(ModelFileError, match="strongest keeps no state"):
        Model.load(forged(good, tmp_path / "m", "policy/wealth", np.zeros(13)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.sampled_from(["book", "told", "seen"]), values=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=7, max_size=7))
def test_a_forged_ration_decides_without_harm_or_is_refused(tmp_path, key, values):
    model = by_hand.model().with_policy(find("policy", "per-rows").make({"alerts": 3, "rows": 10, "level": 1.0}))
    start = model.policy.start()
    forged_state = {**start, key: np.array(values[: len(start[key])], dtype=np.int64)}
    replace(model, policy_state=forged_state).save(tmp_path / "m")
    try:
        loaded = Model.load(tmp_path / "m")
    except ModelFileError:
        return
    live, rows = Live(loaded, learn=False), by_hand.table(60)
    live.alarms(rows, live.step(rows))


def test_inspect_reads_the_document_alone(good):
    assert store.inspect(good)["detector"]["part"] == "running-moments"


def test_a_state_of_objects_is_not_written(tmp_path):
    for array in (np.array([None]), np.array(["text"]), np.array([1j])):
        with pytest.raises(ModelFileError, match="may not hold"):
            store.write(tmp_path / "m", {}, {"a": array})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.75, 0.999])
def test_a_truncated_file_is_refused(good, tmp_path, share):
    data = good.read_bytes()
    (tmp_path / "m").write_bytes(data[: int(share * len(data))])
    refused(tmp_path / "m")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_flipped_bytes_are_refused_or_harmless(good, tmp_path, data):
    raw = bytearray(good.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    (tmp_path / "m").write_bytes(raw)
    try:
        model = Model.load(tmp_path / "m")
    except ModelFileError:
        return
    # dates and permissions of members are not part of the model
    assert model.digest == Model.load(good).digest


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_any_other_bytes_are_refused(tmp_path, data):
    (tmp_path / "m").write_bytes(data)
    refused(tmp_path / "m")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(value, at=()):
    """The path to every value inside a document."""
    yield at
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*at, key))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_value_anywhere_in_the_document_is_refused_or_gives_a_model(good, tmp_path, data):
    document = json.loads(members(good)["model.json"])
    path = data.draw(st.sampled_from([p for p in places(document) if p]))
    new = data.draw(json_values)

    def change(whole):
        for key in path[:-1]:
            whole = whole[key]
        if data.draw(st.booleans()):
            whole[path[-1]] = new
        else:
            del whole[path[-1]]

    try:
        file = changed(good, tmp_path / "m", change)
    except UnicodeEncodeError:  # a lone surrogate: no JSON to write
        return
    try:
        model = Model.load(file)
    except ModelFileError:
        return
    assert isinstance(model.digest, str)
    assert len(model.score(by_hand.table(3))) == 3


HOSTILE_DOCUMENTS = {
    "no JSON": b"{",
    "no object": b"[]",
    "no text": b"\xff\xfe\x00",
    "nothing": b"",
    "NaN": b'{"format":1,"arrays":{},"x":NaN}',
    "too large a number": b'{"format":1,"arrays":{},"x":1e999}',
    "deep lists": b'{"format":1,"arrays":{},"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a number of many digits": b'{"format":' + b"9" * 10_000 + b',"arrays":{}}',
    "one key twice": b'{"arrays":{},"format":1,"format":1}',
    "half a surrogate": b'{"arrays":{},"format":1,"x":"\\ud800"}',
    "a format of true": b'{"arrays":{},"format":true}',
    "nothing but a format": b'{"arrays":{},"format":1}',
}


@pytest.mark.parametrize("what", HOSTILE_DOCUMENTS)
def test_hostile_json_is_refused(tmp_path, what):
    refused(written(tmp_path / "m", {"model.json": HOSTILE_DOCUMENTS[what]}))


SHAPES = [[-6], [2, -3], [6.0], [None], ["6"], [True, 6], [7], [1] * 9, [2**62, 2**62], [0, 2**31, 2**31, 2**31], 6, None, [[6]]]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_shape_that_cannot_be_is_refused(good, tmp_path, shape):
    def change(document):
        document["arrays"]["detector/count"]["shape"] = shape
        if shape == [0, 2**31, 2**31, 2**31]:
            document["arrays"]["detector/count"]["sha256"] = hashlib.sha256(b"").hexdigest()

    file = changed(good, tmp_path / "m", change)
    if isinstance(shape, list) and 0 in shape:
        file = written(tmp_path / "m", {**members(file), "arrays/detector/count": b""})
    refused(file)


@pytest.mark.parametrize(
    "dtype", ["object", "O", "<f8", "U3", "float128", "complex128", "datetime64[us]", None, 8, [], {}, ["f8"]], ids=str
)
def test_a_type_that_is_not_a_number_s_is_refused(good, tmp_path, dtype):
    refused(changed(good, tmp_path / "m", lambda d: d["arrays"]["detector/count"].update(dtype=dtype)))


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("detector/mean", np.zeros(3, dtype=np.float32)),
        ("detector/mean", np.zeros((3, 1))),
        ("detector/mean", np.zeros(99)),
        ("detector/count", np.zeros(2)),
        ("detector/another", np.zeros(2)),
        ("nobody/has", np.zeros(2)),
        ("calibrator/null", np.zeros(3, dtype=bool)),
        ("calibrator/null", np.full(3, np.nan)),
    ],
)
def test_an_array_that_its_part_does_not_declare_is_refused_by_name(good, tmp_path, name, array):
    assert name.split("/")[1] in refused(forged(good, tmp_path / "m", name, array)).what


def test_indices_out_of_range_are_refused(tmp_path):
    by_hand.model("isolation-forest").save(tmp_path / "good")
    arrays = store.read(tmp_path / "good")[1]
    pointing = [k for k, a in arrays.items() if k.startswith("detector/") and a.dtype.kind in "iu" and a.size]
    assert pointing
    for key in pointing:
        for value in (np.iinfo(arrays[key].dtype).max, np.iinfo(arrays[key].dtype).min):
            if value == 0:
                continue
            array = arrays[key].copy()
            array.flat[-1] = value
            refused(forged(tmp_path / "good", tmp_path / "m", key, array))


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("detector/scale", np.zeros(4)),
        ("detector/noise", np.zeros(1)),
        ("detector/centre", np.full(4, np.inf)),
        ("preparers/0/first", np.array([0, 9])),
    ],
)
def test_numbers_that_give_no_score_are_refused(tmp_path, name, array):
    by_hand.model("pca").save(tmp_path / "good")
    assert store.read(tmp_path / "good")[1][name].shape == array.shape
    refused(forged(tmp_path / "good", tmp_path / "m", name, array))


def test_flags_that_are_neither_true_nor_false_are_refused(tmp_path):
    by_hand.model("ecod").save(tmp_path / "good")
    parts = members(tmp_path / "good")
    document = json.loads(parts["model.json"])
    raw = b"\x07" * len(parts["arrays/detector/leftward"])
    document["arrays"]["detector/leftward"]["sha256"] = hashlib.sha256(raw).hexdigest()
    file = written(tmp_path / "m", {**parts, "arrays/detector/leftward": raw, "model.json": store.canonical(document)})
    assert "neither true nor false" in refused(file).what


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressed_members_are_refused_unread(good, tmp_path, compression):
    assert "compressed" in refused(written(tmp_path / "m", members(good), compression)).what


def test_a_small_file_that_would_unpack_to_a_large_one_is_refused(tmp_path):
    file = written(tmp_path / "m", {"model.json": b" " * (64 << 20)}, zipfile.ZIP_DEFLATED)
    assert file.stat().st_size < 1 << 20
    refused(file)


def test_a_document_larger_than_any_is_refused_unread(tmp_path):
    assert "larger" in refused(written(tmp_path / "m", {"model.json": b" " * (store.MAX_JSON_BYTES + 1)})).what


def test_claimed_sizes_beyond_the_file_are_refused(good, tmp_path):
    raw = bytearray(good.read_bytes())
    at = raw.index(b"PK\x01\x02")
    for size in (2**31, 2**32 - 2, len(raw) + 1):
        for name, offset in (("one", 20), ("both", 24)):
            forged_bytes = bytearray(raw)
            struct.pack_into("<I", forged_bytes, at + offset, size)
            if name == "both":
                struct.pack_into("<I", forged_bytes, at + 20, size)
            (tmp_path / "m").write_bytes(forged_bytes)
            refused(tmp_path / "m")


def test_a_directory_of_more_members_than_a_model_has_is_refused_before_it_is_read(tmp_path, monkeypatch):
    file = written(tmp_path / "m", {f"arrays/{i}": b"" for i in range(store.MAX_MEMBERS + 1)})
    monkeypatch.setattr(zipfile.ZipFile, "infolist", lambda _: pytest.fail("the directory was read"))
    assert "more than a model file may" in refused(file).what


def test_a_second_directory_hidden_behind_the_first_is_refused(good, tmp_path):
    raw = good.read_bytes()
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, 0, 1)
    (tmp_path / "m").write_bytes(raw[:-22] + locator + raw[-22:])
    refused(tmp_path / "m")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(good, tmp_path):
    file = tmp_path / "m"
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in [*members(good).items(), ("model.json", b"{}")]:
            archive.writestr(name, data)
    refused(file)


@pytest.mark.parametrize("extra", ["readme.txt", "arrays/../../etc/passwd", "arrays/more", "/model.json"])
def test_members_that_the_document_does_not_list_are_refused(good, tmp_path, extra):
    refused(written(tmp_path / "m", {**members(good), extra: b"x"}))
    parts = members(good)
    parts.pop("arrays/detector/mean")
    refused(written(tmp_path / "m", parts))


def test_an_altered_array_is_refused_by_name(good, tmp_path):
    parts = members(good)
    parts["arrays/detector/mean"] = parts["arrays/detector/mean"][:-1] + b"\x01"
    assert "detector/mean" in refused(written(tmp_path / "m", parts)).what


def test_an_unknown_part_is_refused_with_the_nearest_name(good, tmp_path):
    assert "running-moment" in refused(changed(good, tmp_path / "m", lambda d: d["detector"].update(part="running-moment"))).what
    for family in ("detector", "calibrator", "policy", "explainer"):
        refused(changed(good, tmp_path / "m", lambda d, f=family: d.update({f: {"part": "os.system"}})))
        refused(changed(good, tmp_path / "m", lambda d, f=family: d.update({f: {}})))


def test_a_newer_format_says_upgrade(good, tmp_path):
    error = refused(changed(good, tmp_path / "m", lambda d: d.update(format=store.FORMAT + 1)))
    assert error.hint == "Upgrade standout."
    for format in (0, -1):
        refused(changed(good, tmp_path / "m", lambda d, f=format: d.update(format=f)))


def test_a_folder_a_missing_file_and_a_name_that_cannot_be_are_refused(tmp_path):
    assert "folder" in refused(tmp_path).what
    assert "no file" in refused(tmp_path / "absent").what
    for name in ("\0", "x" * 5000):
        refused(tmp_path / name)


def no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("call", ["fsync", "replace", "chmod"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(good, tmp_path, monkeypatch, call):
    path = tmp_path / "m.standout"
    path.write_bytes(good.read_bytes())
    monkeypatch.setattr(os, call, no_space)
    with pytest.raises(OutputError, match="No space left"):
        by_hand.model("ecod").save(path)
    assert path.read_bytes() == good.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["m.standout"]


def test_a_disk_that_fills_while_writing_leaves_the_old_file_and_nothing_else(good, tmp_path):
    import resource
    import signal

    path = tmp_path / "m.standout"
    path.write_bytes(good.read_bytes())
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OutputError) as caught:
            by_hand.model("ecod").save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert str(path) in caught.value.what
    assert path.read_bytes() == good.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["m.standout"]


def test_a_folder_that_cannot_be_made_or_is_in_the_way_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    for path in (tmp_path / "file" / "m.standout", tmp_path):
        with pytest.raises(OutputError, match="cannot be written"):
            by_hand.model().save(path)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
