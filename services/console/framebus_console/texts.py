"""Words for what the bus says: conditions, reasons, causes, names of controls, times.

What services say is English; what is known of it is translated, the rest shown as it came.
"""

from __future__ import annotations

import errno
import re

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

import framebus
from framebus_console.condition import Condition, Kind

REASONS = (
    QT_TRANSLATE_NOOP("Reason", "the broker does not answer"),
    QT_TRANSLATE_NOOP("Reason", "capture is not heard of"),
    QT_TRANSLATE_NOOP("Reason", "capture was stopped"),
    QT_TRANSLATE_NOOP("Reason", "not streaming"),
    QT_TRANSLATE_NOOP("Reason", "no frames arrive in time"),
    QT_TRANSLATE_NOOP("Reason", "stopped by %1"),
    QT_TRANSLATE_NOOP("Reason", "stopped"),
    QT_TRANSLATE_NOOP("Reason", "starting"),
    QT_TRANSLATE_NOOP("Reason", "the link is free"),
    QT_TRANSLATE_NOOP("Reason", "the link has room"),
    QT_TRANSLATE_NOOP("Reason", "the link bears %1 Mbit/s"),
    QT_TRANSLATE_NOOP("Reason", "frames wait on the way, %1 Mbit/s arrive"),
    QT_TRANSLATE_NOOP("Reason", "probing whether the link bears more"),
    QT_TRANSLATE_NOOP("Reason", "console"),
    QT_TRANSLATE_NOOP("Reason", "changing to %1"),
    QT_TRANSLATE_NOOP("Reason", "no frame for %1 s"),
    QT_TRANSLATE_NOOP("Reason", "waiting for parameter sets"),
    QT_TRANSLATE_NOOP("Reason", "waiting for a keyframe"),
    QT_TRANSLATE_NOOP("Reason", "the camera gives no frames; was it unplugged?"),
    QT_TRANSLATE_NOOP("Reason", "the camera gave a frame that cannot be read"),
    QT_TRANSLATE_NOOP("Reason", "there is no such device; is the camera plugged in?"),
    QT_TRANSLATE_NOOP("Reason", "no permission; add yourself to the group 'video'"),
    QT_TRANSLATE_NOOP("Reason", "another program uses it"),
    QT_TRANSLATE_NOOP("Reason", "%1 is no camera, or another program uses it"),
    QT_TRANSLATE_NOOP("Reason", "this camera does not do that; the nearest is %1"),
    QT_TRANSLATE_NOOP("Reason", "there is no such camera; libcamera finds %1"),
    QT_TRANSLATE_NOOP("Reason", "cannot start with %1: %2"),
    QT_TRANSLATE_NOOP("Reason", "cannot open %1: %2"),
    QT_TRANSLATE_NOOP("Reason", "it holds no frames that can be shown"),
    QT_TRANSLATE_NOOP("Reason", "it failed: %1"),
    QT_TRANSLATE_NOOP("Reason", "it holds no video"),
    QT_TRANSLATE_NOOP("Reason", "it holds no video, but a picture as its cover"),
    QT_TRANSLATE_NOOP("Reason", "nothing here can decode its video"),
    QT_TRANSLATE_NOOP("Reason", "the stream ended"),
    QT_TRANSLATE_NOOP("Reason", "the stream broke: %1"),
    QT_TRANSLATE_NOOP("Reason", "cannot connect: %1"),
    QT_TRANSLATE_NOOP("Reason", "%1 cannot be reached within %2 s"),
    QT_TRANSLATE_NOOP("Reason", "the connection broke: %1"),
    QT_TRANSLATE_NOOP("Reason", "the camera ended the connection"),
    QT_TRANSLATE_NOOP("Reason", "the camera does not answer %1 within %2 s"),
    QT_TRANSLATE_NOOP("Reason", "the camera answers %1 with %2"),
    QT_TRANSLATE_NOOP("Reason", "the camera refuses this user or password"),
    QT_TRANSLATE_NOOP("Reason", "the camera wants a user and a password in its URL"),
    QT_TRANSLATE_NOOP("Reason", "the camera sends us on more than %1 times"),
    QT_TRANSLATE_NOOP("Reason", "the camera sends us on to %1, which is no RTSP"),
    QT_TRANSLATE_NOOP("Reason", "the camera sends us on to %1, which is no HTTP"),
    QT_TRANSLATE_NOOP("Reason", "it answers with a web page, which is no video"),
    QT_TRANSLATE_NOOP("Reason", "a picture has more than %1 bytes"),
    QT_TRANSLATE_NOOP("Reason", "pictures of %1x%2 px are too small"),
    QT_TRANSLATE_NOOP("Reason", "the camera offers no video"),
    QT_TRANSLATE_NOOP("Reason", "the camera sets up no session"),
    QT_TRANSLATE_NOOP("Reason", "the camera has sent nothing for %1 s"),
    QT_TRANSLATE_NOOP("Reason", "there are no two free neighbouring UDP ports"),
    QT_TRANSLATE_NOOP("Reason", "it does not speak RTSP but says %1"),
    QT_TRANSLATE_NOOP("Reason", "it does not speak RTSP"),
    QT_TRANSLATE_NOOP("Reason", "the camera sends by UDP alone: rtspu://..."),
    QT_TRANSLATE_NOOP("Reason", "the camera sends a message of %1 bytes"),
    QT_TRANSLATE_NOOP("Reason", "the file cannot be wound: %1"),
    QT_TRANSLATE_NOOP("Reason", "an automatic of the camera decides this; switch that off first"),
    QT_TRANSLATE_NOOP("Reason", "this camera has no such control"),
    QT_TRANSLATE_NOOP("Reason", "%1 is neither true nor false"),
    QT_TRANSLATE_NOOP("Reason", "%1 is none of %2"),
    QT_TRANSLATE_NOOP("Reason", "%1 is no number"),
    QT_TRANSLATE_NOOP("Reason", "%1 is not within %2 to %3"),
    QT_TRANSLATE_NOOP("Reason", "%1 is no whole number"),
    QT_TRANSLATE_NOOP("Reason", "size and fps"),
    QT_TRANSLATE_NOOP("Reason", "this source has its own"),
    QT_TRANSLATE_NOOP("Reason", "width and height"),
    QT_TRANSLATE_NOOP("Reason", "only together"),
    QT_TRANSLATE_NOOP("Reason", "only that of H.264 can be set"),
    QT_TRANSLATE_NOOP("Reason", "it comes from the source as it is"),
)
PATTERNS = {
    str(text): re.compile(re.sub("%[1-9]", "(.+?)", re.escape(str(text)))) for text in REASONS
}
CAUSES = (
    QT_TRANSLATE_NOOP("Cause", "sensor"),
    QT_TRANSLATE_NOOP("Cause", "source"),
    QT_TRANSLATE_NOOP("Cause", "encoder"),
    QT_TRANSLATE_NOOP("Cause", "link"),
    QT_TRANSLATE_NOOP("Cause", "bus"),
    QT_TRANSLATE_NOOP("Cause", "late"),
    QT_TRANSLATE_NOOP("Cause", "resync"),
    QT_TRANSLATE_NOOP("Cause", "corrupt"),
    QT_TRANSLATE_NOOP("Cause", "viewer"),
)
CONTROLS = {
    "AeEnable": QT_TRANSLATE_NOOP("Control", "Auto exposure"),
    "ExposureTime": QT_TRANSLATE_NOOP("Control", "Exposure time"),
    "AnalogueGain": QT_TRANSLATE_NOOP("Control", "Gain"),
    "ExposureValue": QT_TRANSLATE_NOOP("Control", "Exposure compensation"),
    "AwbEnable": QT_TRANSLATE_NOOP("Control", "Auto white balance"),
    "AwbMode": QT_TRANSLATE_NOOP("Control", "White balance"),
    "ColourGainRed": QT_TRANSLATE_NOOP("Control", "Red gain"),
    "ColourGainBlue": QT_TRANSLATE_NOOP("Control", "Blue gain"),
    "AfMode": QT_TRANSLATE_NOOP("Control", "Focus"),
    "LensPosition": QT_TRANSLATE_NOOP("Control", "Lens position"),
    "Zoom": QT_TRANSLATE_NOOP("Control", "Zoom"),
    "Brightness": QT_TRANSLATE_NOOP("Control", "Brightness"),
    "Contrast": QT_TRANSLATE_NOOP("Control", "Contrast"),
    "Saturation": QT_TRANSLATE_NOOP("Control", "Saturation"),
    "Sharpness": QT_TRANSLATE_NOOP("Control", "Sharpness"),
    "NoiseReductionMode": QT_TRANSLATE_NOOP("Control", "Noise reduction"),
    "HdrMode": QT_TRANSLATE_NOOP("Control", "HDR"),
    "AeMeteringMode": QT_TRANSLATE_NOOP("Control", "Metering"),
    "AeExposureMode": QT_TRANSLATE_NOOP("Control", "Exposure mode"),
    "HorizontalFlip": QT_TRANSLATE_NOOP("Control", "Horizontal flip"),
    "VerticalFlip": QT_TRANSLATE_NOOP("Control", "Vertical flip"),
    "Speed": QT_TRANSLATE_NOOP("Control", "Speed"),
    "Position": QT_TRANSLATE_NOOP("Control", "Position"),
    "Hue": QT_TRANSLATE_NOOP("Control", "Hue"),
    "Gamma": QT_TRANSLATE_NOOP("Control", "Gamma"),
}
CHOICES = (
    QT_TRANSLATE_NOOP("Choice", "Auto"),
    QT_TRANSLATE_NOOP("Choice", "Manual"),
    QT_TRANSLATE_NOOP("Choice", "Continuous"),
    QT_TRANSLATE_NOOP("Choice", "Normal"),
    QT_TRANSLATE_NOOP("Choice", "Short"),
    QT_TRANSLATE_NOOP("Choice", "Long"),
    QT_TRANSLATE_NOOP("Choice", "Off"),
    QT_TRANSLATE_NOOP("Choice", "Fast"),
    QT_TRANSLATE_NOOP("Choice", "Minimal"),
    QT_TRANSLATE_NOOP("Choice", "High quality"),
    QT_TRANSLATE_NOOP("Choice", "Incandescent"),
    QT_TRANSLATE_NOOP("Choice", "Tungsten"),
    QT_TRANSLATE_NOOP("Choice", "Fluorescent"),
    QT_TRANSLATE_NOOP("Choice", "Indoor"),
    QT_TRANSLATE_NOOP("Choice", "Daylight"),
    QT_TRANSLATE_NOOP("Choice", "Cloudy"),
    QT_TRANSLATE_NOOP("Choice", "Centre weighted"),
    QT_TRANSLATE_NOOP("Choice", "Spot"),
    QT_TRANSLATE_NOOP("Choice", "Matrix"),
    QT_TRANSLATE_NOOP("Choice", "Multi exposure"),
    QT_TRANSLATE_NOOP("Choice", "Multi exposure unmerged"),
    QT_TRANSLATE_NOOP("Choice", "Single exposure"),
    QT_TRANSLATE_NOOP("Choice", "Night"),
)
PROBLEMS = {
    errno.EACCES: QT_TRANSLATE_NOOP("Problem", "not allowed"),
    errno.EPERM: QT_TRANSLATE_NOOP("Problem", "not allowed"),
    errno.EROFS: QT_TRANSLATE_NOOP("Problem", "nothing can be written there"),
    errno.ENOENT: QT_TRANSLATE_NOOP("Problem", "there is no such folder"),
    errno.ENOTDIR: QT_TRANSLATE_NOOP("Problem", "a file is where a folder should be"),
    errno.ENOSPC: QT_TRANSLATE_NOOP("Problem", "the disk is full"),
}
UNITS = {"px a frame": QT_TRANSLATE_NOOP("Unit", "px a frame")}
LEVELS = (
    QT_TRANSLATE_NOOP("Level", "debug"),
    QT_TRANSLATE_NOOP("Level", "info"),
    QT_TRANSLATE_NOOP("Level", "warning"),
    QT_TRANSLATE_NOOP("Level", "error"),
    QT_TRANSLATE_NOOP("Level", "critical"),
)
translate = QCoreApplication.translate


def reason(said: str) -> str:
    """Why a camera is not sending, why it sends so much, or what it refuses and why."""
    for text, pattern in PATTERNS.items():
        if match := pattern.fullmatch(said):
            told = translate("Reason", text)
            for number, value in enumerate(match.groups(), 1):
                told = told.replace(f"%{number}", reason(value))
            return told
    what, colon, why = said.partition(": ")  # a control, a device or a format, and what of it
    if not colon:
        return said
    return f"{control(what) if what in CONTROLS else reason(what)}: {reason(why)}"


def cause(name: str) -> str:
    """The name of a cause of loss."""
    return translate("Cause", name)


def level(name: str) -> str:
    """The name of a level of log lines."""
    return translate("Level", name)


def losses(lost: dict[str, int]) -> str:
    """ "3 link, 1 late", or "0"."""
    one = translate("Texts", "%1 %2")
    told = (one.replace("%1", str(n)).replace("%2", cause(name)) for name, n in lost.items())
    return ", ".join(told) or "0"


def control(name: str) -> str:
    """A control's name as people write it: "Exposure time" for ``ExposureTime``."""
    return translate("Control", str(CONTROLS[name])) if name in CONTROLS else _words(name)


def choice(name: str) -> str:
    """One of a menu's choices: "High quality" for ``HighQuality``."""
    return translate("Choice", _words(name))


def unit(name: str) -> str:
    """The unit of a control, as people of this language write it."""
    return translate("Unit", str(UNITS.get(name, name)))


def problem(error: Exception) -> str:
    """Why something could not be saved: "the disk is full: /home/pi/Videos"."""
    if isinstance(error, framebus.NoSignal):
        return translate("Texts", "no pictures arrive")
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    known = PROBLEMS.get(error.errno or 0)
    text = translate("Problem", str(known)) if known else error.strerror
    return f"{text}: {error.filename}" if error.filename else text


def duration(seconds: float) -> str:
    """A time in the unit that fits: "12 s", "5 min", "3 h"."""
    if seconds < 120:
        return translate("Texts", "%1 s").replace("%1", str(int(seconds)))
    if seconds < 2 * 3600:
        return translate("Texts", "%1 min").replace("%1", str(int(seconds / 60)))
    return translate("Texts", "%1 h").replace("%1", str(int(seconds / 3600)))


def condition(now: Condition) -> str:
    """The condition in a word or two."""
    return {
        Kind.UNKNOWN: translate("Texts", "not known"),
        Kind.SENDING: translate("Texts", "sending"),
        Kind.STOPPED: translate("Texts", "stopped"),
        Kind.LOST: translate("Texts", "no signal"),
    }[now.kind]


def state(now: Condition) -> tuple[str, str]:
    """The condition in a word or two, and what is to be said besides."""
    why = reason(now.reason)
    if now.kind is Kind.STOPPED and now.reason.startswith("stopped"):
        return why, ""  # "stopped by console" says both
    return condition(now), why


def over_picture(now: Condition, age: float | None) -> str:
    """What stands over a picture that is not live, in one line or two; ``age`` of the last, s."""
    word, why = state(now)
    if now.kind is not Kind.STOPPED:
        word = translate("Texts", "no signal")
    if now.kind is not Kind.STOPPED and age is not None:
        word = translate("Texts", "no signal for %1").replace("%1", duration(age))
        why = why or translate("Texts", "no pictures arrive")
    return f"{word}\n{why}".strip()


def size(count: int) -> str:
    """A number of bytes: "12.3 MB"."""
    return f"{count / 1e6:.1f} MB" if count < 1e9 else f"{count / 1e9:.2f} GB"


def clock(seconds: float) -> str:
    """A length of time as "1:02:03" or "02:03"."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def bold(text: str) -> str:
    """A heading."""
    return f"<b>{text}</b>"


def _words(name: str) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name)
    return words[:1].upper() + words[1:].lower()
