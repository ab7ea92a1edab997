"""The controls of a Pi camera: built from what libcamera reports, told in numbers and choices.

Where libcamera has a rectangle or a pair (zoom, colour gains) each number is a control of its own;
where a value of 0 or a mode means that the camera decides, the value is None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from framebus.camera_state import Control, ControlValue
from framebus_capture.controls import Controls, finite
from framebus_capture.sources import flips

Reported = Mapping[str, tuple[Any, Any, Any]]
"""As ``Picamera2.camera_controls``: least, most and default by libcamera's name."""

# libcamera's control_ids_core.yaml and control_ids_draft.yaml, in the order of the values
MENUS = {
    "AwbMode": ["Auto", "Incandescent", "Tungsten", "Fluorescent", "Indoor", "Daylight", "Cloudy"],
    "AfMode": ["Manual", "Auto", "Continuous"],
    "AeMeteringMode": ["CentreWeighted", "Spot", "Matrix"],
    "AeExposureMode": ["Normal", "Short", "Long"],
    "NoiseReductionMode": ["Off", "Fast", "HighQuality", "Minimal"],
    "HdrMode": ["Off", "MultiExposureUnmerged", "MultiExposure", "SingleExposure", "Night"],
}
UNITS = {"ExposureTime": "µs", "LensPosition": "1/m", "ExposureValue": "EV"}
# the most important first: what does not fit into a state is left out from the end
ORDER = (
    "AeEnable", "ExposureTime", "AnalogueGain", "ExposureValue", "AwbEnable", "AwbMode",
    "ColourGainRed", "ColourGainBlue", "AfMode", "LensPosition", "Zoom",
    "Brightness", "Contrast", "Saturation", "Sharpness", "NoiseReductionMode", "HdrMode",
    "AeMeteringMode", "AeExposureMode",
)  # fmt: skip
AUTOMATIC = {"ExposureTime": 0, "AnalogueGain": 0.0}  # to picamera2 these mean: back to auto
RED, BLUE = "ColourGainRed", "ColourGainBlue"
LARGEST_ZOOM = 10.0
# as one expects of video, where libcamera itself begins with a fixed lens
VIDEO = {"AfMode": "Continuous", "NoiseReductionMode": "Fast"}


def offered(reported: Reported, fps: float) -> list[Control]:
    """What the camera can be told, at ``fps`` frames a second."""
    found = {control.name: control for control in _all(reported, fps)}
    return [found[name] for name in ORDER if name in found]


def _all(reported: Reported, fps: float) -> Iterator[Control]:
    for name, (least, most, default) in reported.items():
        if name in MENUS:
            choices = MENUS[name][int(least) : int(most) + 1]
            first = VIDEO.get(name) or MENUS[name][int(default or 0)]
            yield Control(name=name, kind="menu", choices=choices, default=first, value=first)
        elif name == "ColourGains":
            for gain in (RED, BLUE):
                yield Control(name=gain, kind="number", least=max(0.1, least), most=most)
        elif name == "ScalerCrop":
            zoom = min(LARGEST_ZOOM, most[2] / max(1, least[2]))
            yield Control(name="Zoom", kind="number", least=1, most=zoom, default=1.0, value=1.0)
        elif name == "ExposureTime":
            longest = min(most or 1e6 / fps, round(1e6 / fps))  # a frame cannot be shorter
            yield Control(
                name=name, kind="whole", least=max(1, least), most=longest, unit=UNITS[name]
            )
        elif name in ("AnalogueGain", "LensPosition"):
            yield _number(name, least, most, None)
        elif isinstance(most, bool):
            yield Control(name=name, kind="switch", default=bool(default), value=bool(default))
        elif name in ORDER:
            yield _number(name, least, most, default)


def _number(name: str, least: float, most: float, default: float | None) -> Control:
    start = None if default is None else finite(float(default))
    unit = UNITS.get(name, "")
    return Control(
        name=name,
        kind="number",
        least=finite(least),
        most=finite(most),
        unit=unit,
        default=start,
        value=start,
    )


class PiControls:
    """Turns wishes into libcamera's controls, and says what they are now."""

    def __init__(self, controls: Controls, camera: Any) -> None:
        """``camera`` is a running Picamera2."""
        self._controls, self._camera = controls, camera
        self._reported: Reported = camera.camera_controls
        self._gains: tuple[float, float] = (1.0, 1.0)

    def begin(self) -> None:
        """What differs from libcamera's own defaults."""
        for name, choice in VIDEO.items():
            if name in self._reported:
                self._set({name: MENUS[name].index(choice)})

    def obey(self, wishes: Mapping[str, ControlValue], gains: tuple[float, float] | None) -> None:
        """Set what was wished; ``gains`` are the colour gains (red, blue) of the last frame."""
        self._gains = gains or self._gains
        for name in sorted(wishes.keys() - flips.BOTH, key=ORDER.index):
            try:
                self._obey(name, wishes[name])
            except (RuntimeError, ValueError) as error:
                self._controls.refuse(name, str(error))

    def _obey(self, name: str, value: ControlValue) -> None:
        special: Callable[[str, Any], None] | None = {
            "AeEnable": self._auto_exposure,
            "AwbEnable": self._auto_balance,
            RED: self._gain,
            BLUE: self._gain,
            "LensPosition": self._focus,
            "Zoom": self._zoom,
        }.get(name)
        if special is not None:
            special(name, value)
            return
        if name in AUTOMATIC:
            self._set({name: AUTOMATIC[name] if value is None else value})
        elif name in MENUS:
            if value is None:
                value = VIDEO.get(name) or MENUS[name][int(self._reported[name][2] or 0)]
            self._set({name: MENUS[name].index(str(value))})
            if name == "AfMode" and value != "Manual":
                self._controls.report("LensPosition", None)
                if value == "Auto" and "AfTrigger" in self._reported:
                    self._set({"AfTrigger": 0})  # start: it focuses once
        else:
            value = self._reported[name][2] if value is None else value
            self._set({name: value})
        self._controls.report(name, value)

    def _auto_exposure(self, name: str, value: Any) -> None:
        on = value is None or value
        self._set(
            {
                name: on,
                **({k: v for k, v in AUTOMATIC.items() if k in self._reported} if on else {}),
            }
        )
        self._controls.report(name, on)
        for manual in AUTOMATIC if on else ():
            self._controls.report(manual, None)

    def _auto_balance(self, name: str, value: Any) -> None:
        on = value is None or value
        self._set({name: on})
        self._controls.report(name, on)
        for gain in (RED, BLUE) if on else ():
            self._controls.report(gain, None)

    def _gain(self, name: str, value: Any) -> None:
        if value is None:
            self._auto_balance("AwbEnable", True)
            return
        red, blue = self._gains
        self._gains = (value, blue) if name == RED else (red, value)
        self._set({"ColourGains": self._gains})  # switches white balance to manual
        self._controls.report("AwbEnable", False)
        for gain, now in zip((RED, BLUE), self._gains, strict=True):
            self._controls.report(gain, round(now, 3))

    def _focus(self, name: str, value: Any) -> None:
        if value is None:
            self._obey("AfMode", None)
            return
        self._set({"AfMode": MENUS["AfMode"].index("Manual"), name: value})
        self._controls.report("AfMode", "Manual")
        self._controls.report(name, value)

    def _zoom(self, name: str, value: Any) -> None:
        zoom = value or 1.0
        _, most, full = self._reported["ScalerCrop"]
        x, y, width, height = full or most
        w, h = round(width / zoom), round(height / zoom)
        self._set({"ScalerCrop": (x + (width - w) // 2, y + (height - h) // 2, w, h)})
        self._controls.report(name, zoom)

    def _set(self, values: dict[str, Any]) -> None:
        self._camera.set_controls(values)
