"""A model in motion put down as data, and taken up again where it was: no pickle, and nothing believed unseen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any, cast

import numpy as np

from standout.core.calibrator import Policy
from standout.core.detector import reach
from standout.core.errors import ModelFileError, StandoutError
from standout.core.layout import HINT
from standout.core.model import Fitted, Model, check_model
from standout.core.motion import Motion, Pace, copied
from standout.core.ongoing import Ongoing
from standout.core.part import State, nest, under
from standout.core.recent import Contexts, Latest
from standout.core.registry import part_from_dict

FORMAT = 1
WRONG = (StandoutError, TypeError, ValueError, AttributeError, RecursionError, LookupError, ArithmeticError)
COUNTS = ("since_fit", "forgotten", "failed")
PARTS = ("detector", "calibrator", "policy", "latest", "entities", "events")
MOST = 1 << 62


def snapshot(motion: Motion) -> tuple[dict[str, Any], State]:
    """As plain values for JSON and flat arrays, shared with nothing that goes on."""
    model, width = motion.model, len(motion.model.features)
    document = {
        "live": FORMAT,
        "model": motion.learned_digest,
        "policy": model.policy.as_dict(),
        **asdict(motion.pace),
        "since_fit": motion.since_fit,
        "forgotten": motion.contexts.forgotten,
        "failed": motion.failed,
        "why": motion.why,
        "rng": _rng_told(motion.rng),
    }
    states = (
        model.detector.state,
        model.calibrator.state,
        motion.decided,
        motion.latest.state(width),
        motion.contexts.state(motion.memory()[1]),
        {} if motion.ongoing is None else motion.ongoing.state(),
    )
    arrays: State = {}
    for name, state in zip(PARTS, states, strict=True):
        arrays |= nest(name, copied(state))
    return document, arrays


def resume(model: Model, document: Mapping[str, Any], arrays: State) -> Motion:
    """What `snapshot` put down of a motion that began with this model; ModelFileError where it did not, or is not to be trusted."""
    try:
        return _resumed(model, document, arrays)
    except ModelFileError:
        raise
    except WRONG as error:
        raise ModelFileError(f"This is no snapshot of a live model: {error}", HINT) from error


def _resumed(model: Model, document: Mapping[str, Any], arrays: State) -> Motion:
    if document["live"] != FORMAT:
        raise ModelFileError(f"The snapshot has format {document['live']}; this version reads {FORMAT}.", "Upgrade standout.")
    if document["model"] != model.learned_digest:
        raise ModelFileError("The snapshot was taken of another model.", "Resume with the model file that it began with.")
    odd = [name for name in arrays if name.partition("/")[0] not in PARTS]
    if odd:
        raise ModelFileError(f"{odd[0]} belongs to no part of a snapshot.", HINT)
    states = {name: {key: np.array(array) for key, array in under(name, arrays).items()} for name in PARTS}
    pace = Pace(**{held.name: _plain(document, held.name, type(held.default)) for held in fields(Pace)})
    moved = replace(
        model,
        detector=Fitted(model.detector.part, states["detector"]),
        calibrator=Fitted(model.calibrator.part, states["calibrator"]),
        policy=cast("Policy", part_from_dict("policy", document["policy"])),
        policy_state=states["policy"],
    )
    check_model(moved)
    motion = Motion.begun(moved, pace, seed=0)
    motion.learned_digest = document["model"]
    width, part = len(model.features), model.detector.part
    motion.latest = Latest.restored(states["latest"], pace.window, width)
    motion.contexts = Contexts.restored(states["entities"], pace.most_entities, *motion.memory())
    if motion.ongoing is not None:
        motion.ongoing = Ongoing.restored(states["events"], reach(part, states["detector"]), pace.most_entities)
    motion.since_fit, motion.contexts.forgotten, motion.failed = (_plain(document, name, int) for name in COUNTS)
    motion.why = _plain(document, "why", str)
    motion.rng = _rng_from(document["rng"])
    return motion


def _plain(document: Mapping[str, Any], name: str, kind: type) -> Any:
    value: Any = document[name]
    right = type(value) is kind  # True is no number here
    if not right or (kind is int and not 0 <= value <= MOST):
        raise ModelFileError(f"{name} is {value!r:.40} in the snapshot.", HINT)
    return value


def _rng_told(rng: np.random.Generator) -> dict[str, Any]:
    """The generator's state; its numbers of 128 bits as text, since not everything that reads JSON keeps them."""
    told: Any = rng.bit_generator.state
    inner = {key: str(value) for key, value in told["state"].items()}
    return {"kind": told["bit_generator"], "state": inner, "half": [told["has_uint32"], told["uinteger"]]}


def _rng_from(told: Mapping[str, Any]) -> np.random.Generator:
    if told["kind"] != "PCG64":
        raise ModelFileError(f"The snapshot's random numbers are of the kind {told['kind']!r:.40}.", HINT)
    rng = np.random.Generator(np.random.PCG64(0))
    half, number = (int(value) for value in told["half"])
    inner = {key: int(told["state"][key]) for key in ("state", "inc")}
    if not all(0 <= value < 1 << 128 for value in inner.values()) or half not in (0, 1) or not 0 <= number < 1 << 32:
        raise ModelFileError("The snapshot's random numbers are out of their range.", HINT)
    rng.bit_generator.state = {"bit_generator": "PCG64", "state": inner, "has_uint32": half, "uinteger": number}
    return rng
