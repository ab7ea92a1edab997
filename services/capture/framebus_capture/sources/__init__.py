"""Where frames come from, and the choice among them by ``--source``."""

from __future__ import annotations

from framebus_capture.settings import Settings
from framebus_capture.shot import BadSource, Format, Source
from framebus_capture.sources.media import MediaSource
from framebus_capture.sources.pattern import PatternSource
from framebus_capture.sources.picamera import PicameraSource, cameras
from framebus_capture.sources.usb import UsbSource


def choose(settings: Settings) -> Source:
    """The source that the settings name. Raises `BadSource` if it can never work."""
    wanted = Format(*settings.size, settings.fps)
    kind, _, rest = settings.source.partition(":")
    if kind == "auto":
        return _pi_camera_or_pattern(wanted)
    if kind == "pattern":
        return PatternSource(wanted)
    if kind == "picamera":
        return PicameraSource(int(rest or 0), wanted)
    if kind == "usb":
        return UsbSource(rest, wanted)
    return MediaSource(settings.source, settings.once)


def _pi_camera_or_pattern(wanted: Format) -> Source:
    try:
        found = cameras()
    except BadSource:
        found = []
    if found:
        return PicameraSource(0, wanted)
    return PatternSource(wanted)
