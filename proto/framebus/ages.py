"""Histograms of frame ages that can be sent, added up and asked for quantiles.

Buckets grow by a constant factor, as in DDSketch (Masson, Rim, Lee: "DDSketch", VLDB 2019,
https://arxiv.org/abs/1908.10693): every quantile is right to 1 %, whatever its size.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate

ACCURACY = 0.01
GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
_LOG_GAMMA = math.log(GAMMA)
LEAST_MS = 0.01  # ages below it, and negative ones from clock error, count as this
Pairs = list[tuple[int, int]]


def bucket(age_ns: int) -> int:
    """The bucket ``k`` of an age: it lies in (GAMMA^(k-1), GAMMA^k] ms."""
    return math.ceil(math.log(max(age_ns / 1e6, LEAST_MS)) / _LOG_GAMMA)


@lru_cache(4096)  # the same few come again and again
def value(k: int) -> float:
    """What the ages in the bucket ``k`` are taken for, ms: right to 1 %."""
    return float(2 * GAMMA**k / (GAMMA + 1))


def quantiles(counts: Mapping[int, int], wanted: Sequence[float]) -> list[float] | None:
    """The quantiles (0..1) in ms of ages counted by bucket; None if there are none."""
    buckets = sorted(counts)
    seen = list(accumulate(map(counts.__getitem__, buckets)))
    if not seen or seen[-1] <= 0:
        return None
    last = seen[-1] - 1
    return [value(buckets[bisect_right(seen, q * last)]) for q in wanted]


def quantile(counts: Mapping[int, int], q: float) -> float | None:
    """One quantile (0..1) in ms of ages counted by bucket; None if there are none."""
    found = quantiles(counts, [q])
    return found[0] if found else None


def from_pairs(pairs: Iterable[tuple[int, int]]) -> Counter[int]:
    """Counts by bucket from their form on the bus."""
    counts: Counter[int] = Counter()
    for k, n in pairs:
        counts[k] += n
    return counts
