"""Estimates: amounts with a range, from ratios of what was measured before. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_MARGIN: Final = 0.5
"""How much wider than the measurements the range of a single one is; that of n is wider by this over the root of n."""
_TAIL: Final = 0.05
"""The share of measurements below the range, and above it."""


@dataclass(frozen=True)
class Estimate:
    """An amount, and the range in which it lies if the future is like what was measured."""

    low: float
    expected: float
    high: float

    def times(self, factor: float) -> Estimate:
        """Return the estimate of so many times the amount."""
        return Estimate(self.low * factor, self.expected * factor, self.high * factor)

    def of(self, base: Estimate) -> Estimate:
        """Return the estimate of a ratio applied to an amount that is estimated, too."""
        return Estimate(self.low * base.low, self.expected * base.expected, self.high * base.high)

    def plus(self, other: Estimate) -> Estimate:
        """Return the estimate of both together."""
        return Estimate(self.low + other.low, self.expected + other.expected, self.high + other.high)


NOTHING: Final = Estimate(0, 0, 0)


def exactly(amount: float) -> Estimate:
    """Return an amount that is known."""
    return Estimate(amount, amount, amount)


def estimate_ratio(measured: Iterable[tuple[float, float]]) -> Estimate | None:
    """Return amount per base from pairs of both; None without a pair that has a base.

    The range has nine in ten of the single ratios, and a margin that is the wider the fewer were measured. Expected is
    the ratio of the sums of what is in the range: one odd file of many does not decide it.
    """
    pairs = sorted((amount / base, amount, base) for amount, base in measured if base > 0)
    if not pairs:
        return None
    cut = int(len(pairs) * _TAIL)
    kept = pairs[cut : len(pairs) - cut]
    margin = _MARGIN / math.sqrt(len(pairs))
    expected = sum(amount for _, amount, _ in kept) / sum(base for *_, base in kept)
    return Estimate(kept[0][0] * (1 - margin), expected, kept[-1][0] * (1 + margin))
