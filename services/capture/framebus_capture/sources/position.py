"""The position in a file, as a control."""

from __future__ import annotations

from typing import Any

import av

from framebus.camera_state import Control
from framebus_capture.controls import Controls

POSITION = "Position"


class Position:
    """Takes wishes for another one, and tells where the file is."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    def offer(self, container: av.container.InputContainer) -> None:
        """Offer it, of a file whose duration is known."""
        if not container.duration:
            self._controls.offer([])
            return
        end = round(container.duration / av.time_base, 2)
        place = Control(
            name=POSITION, kind="number", least=0, most=end, unit="s", default=0.0, value=0.0
        )
        self._controls.offer([place])

    def moved(self, container: av.container.InputContainer) -> bool:
        """Whether somebody wanted another place: it goes on at the keyframe before that."""
        wishes = self._controls.take()
        if POSITION not in wishes:
            return False
        self._controls.forget(POSITION)
        seconds = float(wishes[POSITION] or 0)
        try:
            container.seek((container.start_time or 0) + round(seconds * av.time_base))
        except av.FFmpegError as error:
            why = error.strerror or str(error)
            self._controls.refuse(POSITION, f"the file cannot be wound: {why}")
            return False
        return True

    def tell(self, container: av.container.InputContainer, packet: av.Packet[Any]) -> None:
        """Tell where a packet is, if it is of a keyframe."""
        if packet.pts is not None and packet.time_base is not None and packet.is_keyframe:
            at = float(packet.pts * packet.time_base) - (container.start_time or 0) / av.time_base
            self._controls.report(POSITION, round(max(0.0, at), 2))
