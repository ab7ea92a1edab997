"""Live camera video on a ZeroMQ bus.

for frame in framebus.subscribe("cam0"):
    print(frame.seq, frame.age, frame.lost, frame.array.shape)
"""

from framebus.errors import (
    AddressError,
    BadName,
    DecodeError,
    EnvelopeError,
    FramebusError,
    NoSignal,
)
from framebus.subscriber import Frame, Subscription, subscribe

__all__ = [
    "AddressError",
    "BadName",
    "DecodeError",
    "EnvelopeError",
    "Frame",
    "FramebusError",
    "NoSignal",
    "Subscription",
    "subscribe",
]
