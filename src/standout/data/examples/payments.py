"""Card payments with four kinds of fraud: mixed columns, an identifier, times, categories that belong together.

Kinds: a stolen card (large, far from home, at night), test charges (tiny amounts seconds apart), a taken-over account (new
device, goods that sell well), and a broken combination (a currency that the country does not use; each value ordinary by itself).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from standout.data.examples._planting import label, moments, pick, planted, with_holes

COUNTRIES = {"DE": "EUR", "FR": "EUR", "NL": "EUR", "GB": "GBP", "PL": "PLN", "CH": "CHF"}
SHOPS = {
    "groceries": 32.0,
    "restaurant": 28.0,
    "fuel": 55.0,
    "travel": 240.0,
    "electronics": 180.0,
    "clothing": 60.0,
    "games": 12.0,
}
ONLINE = {"travel": 0.7, "electronics": 0.5, "clothing": 0.4, "games": 0.98}
KINDS = ("stolen-card", "test-charges", "account-takeover", "broken-combination")


def make(rows: int, rng: np.random.Generator) -> dict[str, Any]:
    """The columns of the example."""
    days = max(7.0, rows / 160)
    day = np.sort(rng.random(rows) * days)
    clock = rng.choice([8.5, 12.5, 18.5], size=rows, p=[0.25, 0.3, 0.45]) + rng.normal(0, 2.2, rows)
    clock = np.where((clock > 5.5) & (clock < 24), clock, rng.uniform(7, 23, rows))
    seconds = np.sort(np.floor(day) * 86400 + clock * 3600)
    customers = max(12, rows // 25)
    customer = rng.integers(0, customers, rows)
    home = pick(list(COUNTRIES), (6, 4, 3, 3, 2, 1), customers, rng)
    wealth = rng.lognormal(0.0, 0.35, customers)
    country = home[customer]
    shop = pick(list(SHOPS), (34, 20, 12, 5, 6, 13, 10), rows, rng)
    online = rng.random(rows) < np.array([ONLINE.get(s, 0.05) for s in shop])
    amount = np.array([SHOPS[s] for s in shop]) * wealth[customer] * rng.lognormal(0.0, 0.45, rows)
    channel = np.where(online, "online", np.where((amount < 50) & (rng.random(rows) < 0.8), "contactless", "chip")).astype(object)
    distance = rng.gamma(1.6, 4.0, rows)
    gap = rng.lognormal(10.6, 1.0, rows)
    device = rng.random(rows) < 0.03
    chosen = planted(rows, KINDS, 0.02, rng)

    at = chosen["stolen-card"]
    amount[at] *= rng.uniform(4, 9, len(at))
    distance[at], channel[at], online[at] = rng.uniform(300, 4000, len(at)), "chip", False
    seconds[at] = np.floor(seconds[at] / 86400) * 86400 + rng.uniform(1, 4.5, len(at)) * 3600
    at = chosen["test-charges"]
    amount[at], gap[at] = rng.uniform(0.1, 1.2, len(at)), rng.uniform(3, 25, len(at))
    channel[at], online[at], shop[at] = "online", True, "games"
    at = chosen["account-takeover"]
    device[at], channel[at], online[at], shop[at] = True, "online", True, "electronics"
    amount[at], gap[at] = rng.lognormal(6.6, 0.3, len(at)), rng.uniform(30, 400, len(at))
    currency = np.array([COUNTRIES[c] for c in country], dtype=object)
    at = chosen["broken-combination"]
    currency[at] = np.where(currency[at] == "EUR", "PLN", "EUR")

    return {
        "payment_id": pa.array([f"p-{n:08x}" for n in rng.permutation(rows * 7)[:rows]]),
        "time": moments("2024-03-01", seconds),
        "customer": pa.array([f"c{n:05d}" for n in customer]),
        "country": pa.array(country, pa.string()),
        "currency": pa.array(currency, pa.string()),
        "shop": pa.array(shop, pa.string()),
        "channel": pa.array(channel, pa.string()),
        "amount": pa.array(np.round(amount, 2)),
        "seconds_since_last": with_holes(np.rint(gap), 0.02, rng, 0),
        "distance_km": pa.array(np.round(distance, 1), mask=online),
        "card_age_days": with_holes(rng.integers(20, 1800, customers)[customer].astype(float), 0.03, rng, 0),
        "new_device": pa.array(np.where(device, "yes", "no").astype(object), pa.string()),
        "fraud": label(rows, chosen),
    }
