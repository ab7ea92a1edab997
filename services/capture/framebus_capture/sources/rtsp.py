"""IP cameras and other RTSP servers.

H.264 is read here, since FFmpeg keeps each frame back until the next one begins; all else is left
to FFmpeg.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from framebus import credentials
from framebus.wakeup import Wakeup
from framebus_capture.aside import Stopped
from framebus_capture.controls import Controls
from framebus_capture.rtp.frames import RtpFrames
from framebus_capture.rtp.packet import BadPacket, parse
from framebus_capture.rtp.receiver_report import INTERVAL_S, ReceiverReport
from framebus_capture.rtp.reorder_buffer import WAIT_S
from framebus_capture.rtp.session_description import Video
from framebus_capture.rtsp.address import RtspAddress, redirected
from framebus_capture.rtsp.address import parse as parse_address
from framebus_capture.rtsp.session import Redirected, RtspSession
from framebus_capture.shot import BadSource, Demand, Format, Number, Shot, SourceError
from framebus_capture.sources.media import MediaSource

log = logging.getLogger(__name__)

# without a packet at first; ever longer, as some cameras have few pictures a minute
SILENT_S, MOST_SILENT_S = 5.0, 60.0
MOST_REDIRECTIONS = 5
UNMARKED = "each frame comes one later than need be, as the camera does not mark their ends"


class RtspSource:
    """The first video of an RTSP server."""

    warm = False  # set up anew it mostly begins with a keyframe, and nothing unwanted is fetched

    def __init__(self, url: str) -> None:
        """Raises `BadSource` for a URL that cannot be one."""
        try:
            self._address = parse_address(url)
        except ValueError as error:
            raise BadSource(str(error)) from error
        self._decoding = MediaSource(url, once=False)
        self.format: Format | None = None
        self.controls: Controls = self._decoding.controls
        self.demand: Demand | None = None
        self._amiss: str | None = None
        self._silent_s = SILENT_S

    @property
    def due(self) -> float | None:
        """Known of a recording that FFmpeg plays; see `Source`."""
        return self._decoding.due

    @property
    def name(self) -> str:
        """The URL without secrets, and what is amiss with how the camera sends."""
        return self._decoding.name + (f": {self._amiss}" if self._amiss else "")

    def run(self, number: Number, deliver: Callable[[Shot], None], stop: Wakeup) -> None:
        """Play it; see `Source`."""
        try:
            encoding = self._play(number, deliver, stop)
        except Stopped:
            return
        if encoding is None:
            return
        log.info("%s sends %s, which FFmpeg reads", self.name, encoding or "no H.264")
        self._decoding.run(number, deliver, stop)

    def _play(self, number: Number, deliver: Callable[[Shot], None], stop: Wakeup) -> str | None:
        """Play H.264; returns how RTP calls it if it is something else."""
        address = self._address
        for _ in range(1 + MOST_REDIRECTIONS):
            try:
                with RtspSession(address, stop) as session:
                    video = session.describe()
                    if video.encoding != "H264" or video.packetization_mode > 1:
                        return video.encoding
                    session.play(video)
                    self._read(session, video, number, deliver, stop)
                    return None
            except Redirected as redirected:
                address = _redirected(address, redirected.location)
                log.info("%s: sent on to %s", self.name, credentials.shown(address.url))
        raise SourceError(f"the camera sends us on more than {MOST_REDIRECTIONS} times")

    def _read(
        self,
        session: RtspSession,
        video: Video,
        number: Number,
        deliver: Callable[[Shot], None],
        stop: Wakeup,
    ) -> None:
        waits = WAIT_S if session.by_udp else 0.0
        frames = RtpFrames(number, deliver, video.parameter_sets, waits)
        report = ReceiverReport(video.clock_rate)
        began = reported = time.monotonic()
        heard = False  # from then on it has a pace, which its supervisor knows
        while not stop.is_set():
            now = time.monotonic()
            if not heard and now - began > self._silent_s:
                silent_s, self._silent_s = self._silent_s, min(2 * self._silent_s, MOST_SILENT_S)
                raise SourceError(f"the camera has sent nothing for {silent_s:g} s")
            due = min(reported + INTERVAL_S, frames.deadline or now + INTERVAL_S)
            for received in session.receive(due - now):
                now = time.monotonic()
                if received.control:
                    if report.hear(received.data, now):
                        raise SourceError("the stream ended")
                    continue
                try:
                    packet = parse(received.data)
                except BadPacket as error:
                    log.debug("%s: %s", self.name, error)
                    continue
                if packet.payload_type == video.payload_type:
                    heard, self._silent_s = True, SILENT_S
                    report.note(packet, now)
                    frames.put(packet, now)
            frames.take(time.monotonic())
            self._tell(UNMARKED if frames.unmarked else None)
            if now - reported >= INTERVAL_S:
                reported = now
                session.report(report.pack(now))

    def _tell(self, amiss: str | None) -> None:
        if amiss and amiss != self._amiss:
            log.warning("%s: %s", self._decoding.name, amiss)
        self._amiss = amiss


def _redirected(address: RtspAddress, location: str) -> RtspAddress:
    credentials.remember(location)
    try:
        return redirected(address, location)
    except ValueError as error:
        to = credentials.shown(location)
        raise SourceError(f"the camera sends us on to {to}, which is no RTSP") from error
