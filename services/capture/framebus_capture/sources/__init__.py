"""Where frames come from, and the choice among them by ``--source``."""

from __future__ import annotations

from framebus import credentials
from framebus_capture.rtsp import address
from framebus_capture.settings import Settings
from framebus_capture.shot import BadSource, Format, Source
from framebus_capture.sources.media import MediaSource
from framebus_capture.sources.pattern import PatternSource
from framebus_capture.sources.picamera import PicameraSource, cameras
from framebus_capture.sources.rtsp import RtspSource
from framebus_capture.sources.usb import UsbSource
from framebus_capture.sources.web import WebSource


def choose(settings: Settings) -> Source:
    """The source that the settings name. Raises `BadSource` if it can never work."""
    credentials.remember(settings.source)
    wanted = Format(*settings.size, settings.fps)
    kind, _, rest = settings.source.partition(":")
    if kind == "auto":
        return _pi_camera_or_pattern(wanted, _encodes(settings))
    if kind == "pattern":
        return PatternSource(wanted)
    if kind == "picamera":
        return PicameraSource(int(rest or 0), wanted, _encodes(settings))
    if kind == "usb":
        return UsbSource(rest, wanted)
    return _file_or_url(kind, settings)


def _file_or_url(kind: str, settings: Settings) -> Source:
    if kind in address.SCHEMES:
        return RtspSource(settings.source)
    if kind in ("http", "https", "snapshot"):
        return WebSource(settings.source, settings.once, settings.snapshot_every)
    return MediaSource(settings.source, settings.once)


def _encodes(settings: Settings) -> bool:
    """Whether a Pi's own encoder may be used: picamera2 reaches it by V4L2."""
    allowed = settings.encoder in ("auto", "v4l2m2m") and not settings.intra_refresh
    return allowed and "h264" in settings.publish


def _pi_camera_or_pattern(wanted: Format, encodes: bool) -> Source:
    try:
        found = cameras()
    except BadSource:
        found = []
    if found:
        return PicameraSource(0, wanted, encodes)
    return PatternSource(wanted)
