"""Network flows of an office with five kinds of attack among them.

Kinds: a port scan, a flood, guessing of passwords, data carried out at night, and a tunnel (name look-ups that carry far too
much: the protocol, the port and the bytes are each ordinary, together they are not).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from standout.data.examples._planting import label, moments, pick, planted, with_holes

# service: port, protocol, log of seconds, log of bytes out, log of bytes in
SERVICES = {
    "https": (443, "tcp", 0.6, 7.6, 10.2),
    "http": (80, "tcp", 0.3, 6.8, 9.4),
    "dns": (53, "udp", -3.6, 4.3, 5.0),
    "ssh": (22, "tcp", 3.8, 8.3, 8.9),
    "smtp": (25, "tcp", 0.8, 9.1, 6.6),
    "ntp": (123, "udp", -3.2, 4.33, 4.33),
}
KINDS = ("port-scan", "flood", "password-guessing", "exfiltration", "tunnel")


def make(rows: int, rng: np.random.Generator) -> dict[str, Any]:
    """The columns of the example."""
    day = np.floor(rng.random(rows) * max(3.0, rows / 4000))
    clock = np.clip(rng.normal(13, 3.2, rows), 0, 23.99)
    clock = np.where(rng.random(rows) < 0.15, rng.uniform(0, 24, rows), clock)
    seconds = np.sort(day * 86400 + clock * 3600)
    service = pick(list(SERVICES), (45, 12, 30, 2, 4, 7), rows, rng)
    traits = np.array([SERVICES[s][2:] for s in service], dtype=float)
    port = np.array([SERVICES[s][0] for s in service])
    protocol = np.array([SERVICES[s][1] for s in service], dtype=object)
    size = rng.normal(0, 1, rows)
    duration = np.exp(traits[:, 0] + 0.5 * size + rng.normal(0, 0.5, rows))
    sent = np.exp(traits[:, 1] + 0.5 * size + rng.normal(0, 0.3, rows))
    received = np.exp(traits[:, 2] + 0.7 * size + rng.normal(0, 0.3, rows))
    state = np.where(protocol == "udp", "none", pick(("closed", "reset", "open"), (94, 4, 2), rows, rng)).astype(object)
    recent = rng.poisson(6, rows) + 1
    chosen = planted(rows, KINDS, 0.03, rng)

    at = chosen["port-scan"]
    port[at], protocol[at], service[at] = rng.integers(1, 10000, len(at)), "tcp", "other"
    state[at], duration[at], sent[at], received[at] = "reset", rng.uniform(0, 0.01, len(at)), 40.0, 0.0
    recent[at] = rng.integers(80, 400, len(at))
    at = chosen["flood"]
    service[at], port[at], protocol[at], state[at] = "http", 80, "tcp", "open"
    recent[at], received[at] = rng.integers(300, 900, len(at)), 0.0
    at = chosen["password-guessing"]
    service[at], port[at], protocol[at], state[at] = "ssh", 22, "tcp", "reset"
    duration[at], sent[at], received[at] = (
        rng.uniform(1, 3, len(at)),
        rng.normal(1800, 60, len(at)),
        rng.normal(2300, 60, len(at)),
    )
    recent[at] = rng.integers(30, 120, len(at))
    at = chosen["exfiltration"]
    service[at], port[at], protocol[at], state[at] = "https", 443, "tcp", "closed"
    sent[at], duration[at] = rng.lognormal(17, 0.5, len(at)), rng.uniform(200, 1500, len(at))
    seconds[at] = np.floor(seconds[at] / 86400) * 86400 + rng.uniform(1, 4, len(at)) * 3600
    at = chosen["tunnel"]
    service[at], port[at], protocol[at], state[at] = "dns", 53, "udp", "none"
    sent[at], received[at] = rng.lognormal(8.6, 0.4, len(at)), rng.lognormal(8.2, 0.4, len(at))

    return {
        "start": moments("2024-06-03", seconds),
        "source": pa.array([f"10.0.{n // 250}.{n % 250 + 1}" for n in rng.integers(0, 400, rows)]),
        "protocol": pa.array(protocol, pa.string()),
        "service": pa.array(service, pa.string()),
        "port": pa.array(port),
        "state": pa.array(state, pa.string()),
        "duration_s": pa.array(np.round(duration, 4)),
        "bytes_out": pa.array(np.rint(np.maximum(sent, 0)).astype(np.int64)),
        "bytes_in": pa.array(np.rint(np.maximum(received, 0)).astype(np.int64)),
        "packets": pa.array(
            (np.maximum(sent, 0) / 900 + np.maximum(received, 0) / 1300 + rng.poisson(3, rows) + 1).astype(np.int64)
        ),
        "same_host_recent": with_holes(recent.astype(float), 0.01, rng, 0),
        "attack": label(rows, chosen),
    }
