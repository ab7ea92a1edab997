"""What was found on the way to breaking a parser, again; and a few inputs that nobody has chosen.

Further: ``make test PYTEST_ARGS="tests/fuzz --hypothesis-profile=search"``, and `tests.fuzz.run`.
"""

from __future__ import annotations

import logging
import time
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.inputs import inputs, made
from tests.fuzz.targets import TARGETS

LIMIT_S = 2.0  # of processor time, for one input of 4 KiB at most
LIMIT_BYTES = 64 * 1024 * 1024


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Iterator[None]:
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("name", TARGETS)
def test_no_input_breaks_anything_or_takes_long(name: str):
    for data in inputs(name):
        began = time.thread_time()
        TARGETS[name](data)
        assert time.thread_time() - began < LIMIT_S


@pytest.mark.parametrize("name", TARGETS)
def test_no_input_takes_much_memory(name: str):
    for data in made(name):
        tracemalloc.start()
        try:
            TARGETS[name](data)
            assert tracemalloc.get_traced_memory()[1] < LIMIT_BYTES
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("name", TARGETS)
@given(st.data())
def test_damaged_inputs_break_nothing(name: str, data: st.DataObject):
    changed = bytearray(data.draw(st.sampled_from(inputs(name))))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(changed)))
        changed[at : at + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=20))
    TARGETS[name](bytes(changed))
