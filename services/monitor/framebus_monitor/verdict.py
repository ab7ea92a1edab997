"""How a camera is, in one word: what the page, the table and programs all go by."""

from __future__ import annotations

from typing import Literal

Verdict = Literal["well", "loses frames", "unexplained loss", "no signal", "stopped", "unknown"]


def verdict(*, streaming: bool | None, stopped: bool, lost: int, unexplained: int) -> Verdict:
    """The word; ``lost`` and ``unexplained`` are frames of the time that is told of.

    ``streaming`` None: the camera has not said anything itself. What is well lost nothing.
    """
    if unexplained:
        return "unexplained loss"
    if stopped:
        return "stopped"
    if streaming is False:
        return "no signal"
    if lost:
        return "loses frames"
    return "unknown" if streaming is None else "well"
