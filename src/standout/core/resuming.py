"""A model in motion put down as data, and taken up again where it was: no pickle, and nothing believed unseen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from standout.core.calibrator import Policy
from standout.core.detector import LooksBack, reach
from standout.core.errors import ModelFileError, StandoutError
from standout.core.layout import HINT
from standout.core.model import Fitted, Model, check_model
from standout.core.ongoing import Ongoing
from standout.core.part import State, nest, under
from standout.core.recent import Contexts, Latest
from standout.core.registry import part_from_dict

if TYPE_CHECKING:
    from standout.core.live import Live

FORMAT = 1
WRONG = (StandoutError, TypeError, ValueError, AttributeError, RecursionError, LookupError, ArithmeticError)
SETTINGS: Mapping[str, type] = {"learn": bool, "move_null": bool, "refit_every": int, "window": int, "most_entities": int}
COUNTS = ("since_fit", "forgotten", "failed")
PARTS = ("detector", "calibrator", "policy", "latest", "entities", "events")
MOST = 1 << 62


def snapshot(live: Live) -> tuple[dict[str, Any], State]:
    """See `Live.snapshot`; nothing in it is shared with what goes on."""
    model, width = live._model, len(live._model.features)
    document = {
        "live": FORMAT,
        "model": live.learned_digest,
        "policy": model.policy.as_dict(),
        "learn": live._learns,
        "move_null": live._moves,
        "refit_every": live._refit_every,
        "window": live._window,
        "most_entities": live._most_entities,
        "since_fit": live._since_fit,
        "forgotten": live._contexts.forgotten,
        "failed": live._failed,
        "why": live._why,
        "rng": _rng_told(live._rng),
    }
    events = {} if live._ongoing is None else live._ongoing.state()
    states = (
        model.detector.state,
        model.calibrator.state,
        live._decided,
        live._latest.state(width),
        live._contexts.state(width),
        events,
    )
    arrays: State = {}
    for name, state in zip(PARTS, states, strict=True):
        arrays |= nest(name, {key: array.copy() for key, array in state.items()})
    return document, arrays


def resume(cls: type[Live], model: Model, document: Mapping[str, Any], arrays: State) -> Live:
    """See `Live.resume`."""
    try:
        return _resumed(cls, model, document, arrays)
    except ModelFileError:
        raise
    except WRONG as error:
        raise ModelFileError(f"This is no snapshot of a live model: {error}", HINT) from error


def _resumed(cls: type[Live], model: Model, document: Mapping[str, Any], arrays: State) -> Live:
    if document["live"] != FORMAT:
        raise ModelFileError(f"The snapshot has format {document['live']}; this version reads {FORMAT}.", "Upgrade standout.")
    if document["model"] != model.learned_digest:
        raise ModelFileError("The snapshot was taken of another model.", "Resume with the model file that it began with.")
    odd = [name for name in arrays if name.partition("/")[0] not in PARTS]
    if odd:
        raise ModelFileError(f"{odd[0]} belongs to no part of a snapshot.", HINT)
    states = {name: {key: np.array(array) for key, array in under(name, arrays).items()} for name in PARTS}
    settings = {name: _plain(document, name, kind) for name, kind in SETTINGS.items()}
    policy = cast("Policy", part_from_dict("policy", document["policy"]))
    moved = replace(
        model,
        detector=Fitted(model.detector.part, states["detector"]),
        calibrator=Fitted(model.calibrator.part, states["calibrator"]),
        policy=policy,
        policy_state=states["policy"],
    )
    check_model(moved)
    live = cls(moved, **settings)
    live.learned_digest = document["model"]
    width, part = len(model.features), model.detector.part
    back = part.context(states["detector"]) if isinstance(part, LooksBack) else 0
    live._latest = Latest.restored(states["latest"], settings["window"], width)
    live._contexts = Contexts.restored(states["entities"], settings["most_entities"], back, width)
    if live._ongoing is not None:
        live._ongoing = Ongoing.restored(states["events"], reach(part, states["detector"]), settings["most_entities"])
    live._since_fit, live._contexts.forgotten, live._failed = (_plain(document, name, int) for name in COUNTS)
    live._why = _plain(document, "why", str)
    live._rng = _rng_from(document["rng"])
    return live


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
