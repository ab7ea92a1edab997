from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framebus import ages

AGES = st.lists(st.integers(round(ages.LEAST_MS * 1e6), 10**14), min_size=1, max_size=200)


@given(AGES, st.sampled_from([0.0, 0.01, 0.5, 0.9, 0.99, 1.0]))
def test_quantiles_are_right_to_one_percent(values: list[int], q: float):
    counts = Counter(ages.bucket(age) for age in values)
    lower, upper = (
        float(np.quantile(np.array(values) / 1e6, q, method=method))
        for method in ("lower", "higher")
    )
    found = ages.quantile(counts, q)
    assert found is not None
    assert lower * (1 - 1.001 * ages.ACCURACY) <= found <= upper * (1 + 1.001 * ages.ACCURACY)


@pytest.mark.parametrize("q", [0.5, 0.99])
def test_quantiles_of_much_data(q: float):
    values = np.random.default_rng(4).lognormal(3, 1, 20_000)  # ms
    counts = Counter(ages.bucket(round(age * 1e6)) for age in values)
    assert ages.quantile(counts, q) == pytest.approx(np.quantile(values, q), rel=0.011)


@given(st.integers(int(ages.LEAST_MS * 1e6) + 1, 10**15))
def test_the_formula_of_the_protocol(age: int):
    k = ages.bucket(age)
    gamma = 101 / 99
    assert gamma ** (k - 1) * (1 - 1e-9) < age / 1e6 <= gamma**k * (1 + 1e-9)


def test_ages_that_clock_errors_made_negative_count_as_the_least():
    assert ages.bucket(-5_000_000_000) == ages.bucket(0) == ages.bucket(10_000)


def test_no_ages_have_no_quantile():
    assert ages.quantile(Counter(), 0.5) is None


@given(AGES, AGES)
def test_histograms_add_up(one: list[int], other: list[int]):
    counts = [Counter(ages.bucket(age) for age in values) for values in (one, other)]
    pairs = [pair for c in counts for pair in sorted(c.items())]
    assert ages.from_pairs(pairs) == Counter(ages.bucket(age) for age in one + other)
