"""The closed list of reasons for which a frame may be lost."""

from __future__ import annotations

from typing import Final

SENSOR: Final = "sensor"
SOURCE: Final = "source"
ENCODER: Final = "encoder"
LINK: Final = "link"
BUS: Final = "bus"
LATE: Final = "late"
RESYNC: Final = "resync"
CORRUPT: Final = "corrupt"
VIEWER: Final = "viewer"

AGE_LIMIT_NS: Final = 1_000_000_000
"""Older on arrival, a frame is `LATE`; a sender sends none that would be. Unless told otherwise."""

CAUSES: Final = {
    SENSOR: "a gap in the sensor's own timestamps",
    SOURCE: "the camera was restarting",
    ENCODER: "the encoder was busy, or started afresh",
    LINK: "the way to the bus was full or broken, or the one from a network camera lost packets",
    BUS: "missing on arrival, and the sender did not report a drop",
    LATE: "older than the age limit, or the receiver was too slow",
    RESYNC: "waiting for a keyframe",
    CORRUPT: "not a valid message or picture",
    VIEWER: "the viewer was too slow",
}
