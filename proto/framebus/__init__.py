"""Live camera video on a ZeroMQ bus.

for frame in framebus.subscribe("cam0"):
    print(frame.seq, frame.age, frame.lost, frame.array.shape)
"""

from framebus.camera_state import CameraState
from framebus.errors import (
    AddressError,
    BadName,
    DecodeError,
    EnvelopeError,
    FramebusError,
    NoSignal,
    TooManyFiles,
    WrongProcess,
)
from framebus.frame import Frame, Packet
from framebus.subscriber import subscribe
from framebus.subscription import Subscription

__all__ = [
    "AddressError",
    "BadName",
    "CameraState",
    "DecodeError",
    "EnvelopeError",
    "Frame",
    "FramebusError",
    "NoSignal",
    "Packet",
    "Subscription",
    "TooManyFiles",
    "WrongProcess",
    "subscribe",
]
