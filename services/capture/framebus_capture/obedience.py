"""Commands to a camera: obeyed, or refused with a reason. Repeating one is harmless."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from framebus.command import Command
from framebus.errors import EnvelopeError
from framebus.rate_control import RateControl
from framebus.reception import Reception
from framebus_capture.controls import Controls, Refused
from framebus_capture.shot import Format
from framebus_capture.supervisor import Supervisor

log = logging.getLogger(__name__)


class Obedience:
    """What a camera was told.

    Attributes:
        refused: what of the last command could not be done and why, for people.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        controls: Controls,
        rate: Callable[[str], RateControl | None],
        want_keyframe: Callable[[str], None],
        hear_receiver: Callable[[Reception], None],
    ) -> None:
        """Args:
        rate: the bitrate of a rendition, None if it is made elsewhere; raises `Refused`.
        want_keyframe: of a rendition, if it is made here.
        hear_receiver: how a rendition arrives somewhere.
        """
        self._supervisor, self._controls = supervisor, controls
        self._rate, self._want_keyframe = rate, want_keyframe
        self._hear_receiver = hear_receiver
        self._stopped_by = ""
        self.refused: str | None = None

    @property
    def reason(self) -> str | None:
        """Why no frames are sent, for people; None while they are."""
        if self._supervisor.wanted:
            return self._supervisor.reason
        return f"stopped by {self._stopped_by}" if self._stopped_by else "stopped"

    def obey(self, fields: dict[str, Any]) -> bool:
        """Do what a control message says; returns whether the state has changed."""
        try:
            command = Command.unpack(fields)
        except EnvelopeError as error:
            log.warning("refused %s", error)
            self.refused = str(error)
            return True
        if command.keyframe is not None:
            self._want_keyframe(command.keyframe)
        if command.reception is not None:
            self._hear_receiver(command.reception)
        if command.model_fields_set <= {"keyframe", "reception", "by"}:
            return False
        # first, so that what the camera itself refuses meanwhile stands
        self.refused = None
        if command.streaming is not None:
            self.transmit(command.streaming, command.by)
        refused = [*self._set_bitrate(command), *self._reformat(command)]
        refused += self._controls.wish(command.controls)
        if refused:
            self.refused = "; ".join(refused)
            log.warning("refused a command by %s: %s", command.by or "nobody", self.refused)
        return True

    def transmit(self, wanted: bool, by: str) -> None:
        """Start or stop."""
        if wanted == self._supervisor.wanted:
            return
        self._stopped_by = by
        log.info("%s by %s", "started" if wanted else "stopped", by or "a command without a name")
        self._supervisor.want(wanted)

    def _set_bitrate(self, command: Command) -> list[str]:
        if command.bitrate is None:
            return []
        try:
            rate = self._rate(command.rendition)
        except Refused as error:
            return [f"bitrate of {command.rendition}: {error}"]
        if rate is not None:
            rate.most = command.bitrate
        return []

    def _reformat(self, command: Command) -> list[str]:
        now = self._supervisor.format
        if command.width is None and command.height is None and command.fps is None:
            return []
        if now is None:
            return ["size and fps: this source has its own"]
        if (command.width is None) != (command.height is None):
            return ["width and height: only together"]
        wanted = Format(
            command.width or now.width,
            command.height or now.height,
            command.fps or now.fps,
            exact=True,
        )
        if str(wanted) != str(now):
            self._supervisor.reformat(wanted)
        return []
