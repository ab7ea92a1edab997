"""Where frames come from, and the choice among them by ``--source``."""

from __future__ import annotations

from framebus_capture.settings import Settings
from framebus_capture.shot import BadSource, Source
from framebus_capture.sources.media import MediaSource
from framebus_capture.sources.pattern import PatternSource
from framebus_capture.sources.picamera import PicameraSource, cameras
from framebus_capture.sources.usb import UsbSource


def choose(settings: Settings) -> Source:
    """The source that the settings name. Raises `BadSource` if it can never work."""
    kind, _, rest = settings.source.partition(":")
    if kind == "auto":
        return _pi_camera_or_pattern(settings)
    if kind == "pattern":
        return PatternSource(settings.size, settings.fps)
    if kind == "picamera":
        return PicameraSource(int(rest or 0), settings.size, settings.fps)
    if kind == "usb":
        return UsbSource(rest, settings.size, settings.fps)
    return MediaSource(settings.source, settings.once)


def _pi_camera_or_pattern(settings: Settings) -> Source:
    try:
        found = cameras()
    except BadSource:
        found = []
    if found:
        return PicameraSource(0, settings.size, settings.fps)
    return PatternSource(settings.size, settings.fps)
