"""Mirrored and upside-down pictures, for sources that cannot do it themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framebus.camera_state import Control, ControlValue

HORIZONTAL, VERTICAL = "HorizontalFlip", "VerticalFlip"
BOTH = frozenset({HORIZONTAL, VERTICAL})
CONTROLS = [
    Control(name=name, kind="switch", default=False, value=False) for name in (HORIZONTAL, VERTICAL)
]


def flipped(
    planes: list[NDArray[np.uint8]], settings: Mapping[str, ControlValue]
) -> list[NDArray[np.uint8]]:
    """Planes, shapes (h, w) or (h, w, channels), uint8, turned as the settings say."""
    turn: tuple[Any, ...] = (
        slice(None, None, -1 if settings.get(VERTICAL) else 1),
        slice(None, None, -1 if settings.get(HORIZONTAL) else 1),
    )
    return [np.ascontiguousarray(plane[turn]) for plane in planes]
