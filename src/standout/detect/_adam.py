"""Training a small dense autoencoder by mini-batches: plain numpy, the gradients written out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]

RATE = 1e-3
"""The first step size; it falls to zero along half a cosine (Loshchilov and Hutter 2017, arXiv:1608.03983)."""

FADE, FADE_SQUARED, TINY = 0.9, 0.999, 1e-8
"""Adam's constants, as its authors give them (Kingma and Ba 2015, arXiv:1412.6980)."""


def train(
    rows: F32,
    sizes: Sequence[int],
    rng: np.random.Generator,
    *,
    steps: int,
    batch: int,
    noise: float,
    trim: float,
) -> tuple[list[F32], list[F32]]:
    """Weights and biases of a network d -> sizes -> d that rebuilds rows of which a share of the values was set to 0.

    rows: (n, d), centred. noise: the share of values set to 0 in what the network sees, never in what it is to rebuild (Vincent et
    al. 2008). trim: of each batch the share of rows rebuilt worst, which are not learned from, so that the few anomalies among
    the training rows do not pull. All products run on BLAS: limit its threads to have the same bytes from the same seed.
    """
    ends = [rows.shape[1], *sizes, rows.shape[1]]
    weights = [_drawn(rng, a, b) for a, b in pairwise(ends)]
    biases = [np.zeros(b, dtype=np.float32) for b in ends[1:]]
    parameters = weights + biases
    means, squares = [np.zeros_like(p) for p in parameters], [np.zeros_like(p) for p in parameters]
    order = np.empty(0, dtype=np.intp)
    for step in range(1, steps + 1):
        if len(order) < batch:
            order = rng.permutation(len(rows))
        at, order = order[:batch], order[batch:]
        gradients = _gradients(rows[at], weights, biases, rng, noise, trim)
        rate = RATE * 0.5 * (1 + np.cos(np.pi * (step - 1) / steps))
        rate *= np.sqrt(1 - FADE_SQUARED**step) / (1 - FADE**step)
        for p, g, m, s in zip(parameters, gradients, means, squares, strict=True):
            m += np.float32(1 - FADE) * (g - m)
            s += np.float32(1 - FADE_SQUARED) * (g * g - s)
            p -= np.float32(rate) * m / (np.sqrt(s) + np.float32(TINY))
    return weights, biases


def _drawn(rng: np.random.Generator, inputs: int, outputs: int) -> F32:
    """First weights that keep the size of what passes through rectified units (He et al. 2015, arXiv:1502.01852)."""
    return rng.standard_normal((inputs, outputs), dtype=np.float32) * np.float32(np.sqrt(2 / inputs))


def _gradients(
    rows: F32, weights: list[F32], biases: list[F32], rng: np.random.Generator, noise: float, trim: float
) -> list[F32]:
    """The gradient of the mean squared error by each weight matrix and each bias."""
    seen = rows * (rng.random(rows.shape, dtype=np.float32) >= noise) if noise else rows
    layers = [seen]
    for i, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        sums = layers[-1] @ weight + bias
        layers.append(np.maximum(sums, 0, out=sums) if i < len(weights) - 1 else sums)
    error = layers[-1] - rows
    back = error * np.float32(2 / rows.size)
    if trim:
        worst = np.einsum("nd,nd->n", error, error)
        back *= (worst <= np.quantile(worst, 1 - trim))[:, None]
    by_weight: list[F32] = []
    by_bias: list[F32] = []
    for i in range(len(weights) - 1, -1, -1):
        by_weight.insert(0, layers[i].T @ back)
        by_bias.insert(0, back.sum(axis=0))
        if i:
            back = (back @ weights[i].T) * (layers[i] > 0)
    return by_weight + by_bias
