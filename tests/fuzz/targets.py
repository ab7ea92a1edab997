"""What reads the network or a file, each as a function of bytes.

A target may raise nothing: what its parser declares is caught in it, all else is a bug.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz import bus, files, media, web

TARGETS: dict[str, Callable[[bytes], None]] = {
    "video": bus.video,
    "stream": bus.stream,
    "state": bus.state,
    "stats": bus.stats,
    "control": bus.control,
    "log": bus.log,
    "clock": bus.clock,
    "h264": media.h264_unit,
    "mp4": media.muxed,
    "rtp": media.rtp,
    "sdp": media.sdp,
    "rtsp": media.rtsp,
    "jpeg": media.jpeg,
    "jpegs": media.jpegs,
    "http": web.http,
    "offer": web.offer,
    "settings": files.settings,
    "accounts": files.accounts,
    "words": files.words,
    "credentials": files.credentials,
}
