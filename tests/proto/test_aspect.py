"""How large pictures are whose pixels are no squares."""

from __future__ import annotations

from fractions import Fraction

import pytest

from framebus.aspect import SQUARE, sane, shown_size


@pytest.mark.parametrize(
    ("size", "aspect", "shown"),
    [
        ((720, 576), Fraction(16, 15), (768, 576)),
        ((720, 480), Fraction(8, 9), (720, 540)),
        ((352, 288), Fraction(12, 11), (384, 288)),
        ((161, 121), SQUARE, (161, 121)),
        ((2, 2), Fraction(16), (32, 2)),
        ((16384, 16), Fraction(2), (16384, 16)),  # larger than the bus can carry
        ((4096, 8704), Fraction(4), (4096, 8704)),  # 143 million pixels
    ],
)
def test_one_side_is_stretched(size: tuple[int, int], aspect: Fraction, shown: tuple[int, int]):
    assert shown_size(*size, aspect) == shown


@pytest.mark.parametrize(
    "said", [None, Fraction(0), Fraction(1, 17), Fraction(17), Fraction(161, 160), Fraction(-1)]
)
def test_what_cannot_be_or_cannot_be_seen_is_a_square(said: Fraction | None):
    assert sane(said) == SQUARE
    assert sane(Fraction(16, 15)) == Fraction(16, 15)
