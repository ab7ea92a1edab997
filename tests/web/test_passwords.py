"""How many guesses at passwords are let through, and from where."""

from __future__ import annotations

import pytest

from framebus_web.passwords import PER_ADDRESS, PER_NAME, PER_NAME_THERE, Attempts

HERE, THERE = "192.0.2.1", "198.51.100.1"


@pytest.fixture
def attempts() -> Attempts:
    return Attempts()


def test_who_guesses_elsewhere_does_not_lock_the_owner_out(attempts: Attempts) -> None:
    for _ in range(PER_NAME_THERE):
        assert not attempts.wait("alice", THERE)
        attempts.failed("alice", THERE)
    assert attempts.wait("alice", THERE)
    assert not attempts.wait("alice", HERE)
    assert not attempts.wait("bob", THERE)
    attempts.succeeded("alice", HERE)
    assert attempts.wait("alice", THERE)


def test_an_address_has_few_guesses_and_a_name_in_all_not_many(attempts: Attempts) -> None:
    for n in range(PER_ADDRESS):
        attempts.failed(f"user{n}", f"2001:db8::{n}")
    assert attempts.wait("alice", "2001:db8::ffff")
    assert not attempts.wait("alice", "2001:db8:0:1::1")
    for n in range(PER_NAME):
        attempts.failed("alice", f"198.51.100.{n}")
    assert attempts.wait("alice", HERE)


def test_a_long_name_takes_no_more_room(attempts: Attempts) -> None:
    for n in range(PER_NAME_THERE):
        attempts.failed("x" * 60_000 + str(n), HERE)
    assert attempts.wait("x" * 64, HERE)
