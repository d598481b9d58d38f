"""Dense networks row by row, against one written with plain loops over rows."""

from __future__ import annotations

import numpy as np
import pytest

from standout.kernels.network import BLOCK, rebuilt


def layers(rng: np.random.Generator, sizes: tuple[int, ...]) -> tuple:
    drawn = []
    for a, b in zip(sizes, sizes[1:], strict=False):  # noqa: RUF007  # reads as the layers stand
        drawn += [rng.normal(size=(a, b)).astype(np.float32), rng.normal(size=b).astype(np.float32)]
    return tuple(drawn)


def slowly(row: np.ndarray, net: tuple) -> np.ndarray:
    """One row in double precision, layer by layer."""
    x = row.astype(np.float64)
    for i in range(4):
        x = net[2 * i].astype(np.float64).T @ x + net[2 * i + 1]
        x = x if i == 3 else np.maximum(x, 0)
    return x


@pytest.mark.parametrize("sizes", [(5, 7, 2, 7, 5), (1, 1, 1, 1, 1), (33, 64, 16, 64, 33)])
def test_a_network_gives_what_plain_loops_give(rng: np.random.Generator, sizes: tuple[int, ...]) -> None:
    net, rows = layers(rng, sizes), rng.normal(size=(2 * BLOCK + 3, sizes[0])).astype(np.float32)
    expected = np.array([slowly(r, net) for r in rows])
    np.testing.assert_allclose(rebuilt(rows, net), expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max())


def test_a_row_gives_the_same_bits_at_each_place_of_a_block(rng: np.random.Generator) -> None:
    net, row = layers(rng, (6, 9, 4, 9, 6)), rng.normal(size=(1, 6)).astype(np.float32)
    alone = rebuilt(row, net)
    for many in (2, BLOCK, BLOCK + 1, 3000):
        assert np.array_equal(rebuilt(np.repeat(row, many, axis=0), net), np.repeat(alone, many, axis=0))


def test_no_rows_give_no_rows(rng: np.random.Generator) -> None:
    assert rebuilt(np.empty((0, 4), dtype=np.float32), layers(rng, (4, 3, 2, 3, 4))).shape == (0, 4)
