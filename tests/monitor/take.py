"""A real chain with one camera that is watched while something happens to it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from framebus_monitor.collector import listening
from framebus_monitor.figures import CameraReport
from tests import mjpeg
from tests.support import Program, await_broker, wait_until

STALL_S = 1.6  # longer than the age limit, shorter than what makes a service quiet
AFTER = 10  # frames that have to arrive after a fault
AGAIN_S = 5.0  # a fault that by then has cost nothing, as on a busy machine, is made once more
REPORTED_S = 1.5  # whoever is heard this long after a moment has made its whole report since


class Viewer:
    """Looks at a camera's MJPEG and notes the numbers of its frames."""

    def __init__(self, host: str, camera: str, rendition: str) -> None:
        self.seen: list[int] = []
        parts = mjpeg.parts(host, camera, rendition)
        threading.Thread(target=self._look, args=(parts,), daemon=True).start()

    def await_more(self) -> None:
        """Wait for frames that are made from now on, or nearly so."""
        count = len(self.seen)
        wait_until(lambda: len(self.seen) > count + AFTER, what="frames at the viewer")

    def _look(self, parts: Iterator[mjpeg.Part]) -> None:
        with suppress(AssertionError, OSError):  # until the gateway ends
            for part in parts:
                self.seen.append(part.seq)


class Scene:
    """Broker, gateway and monitor for all tests of this file; a camera for each."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder, self.url = folder, url
        self._programs: list[Program] = []
        self.broker = self.run("framebus-broker")
        await_broker(url)
        self._listening = listening(url)
        _, self._collector = self._listening.__enter__()
        self.gateway = self.run("framebus-gateway", "--port", "0")
        self.host = self.gateway.wait_for(r"open http://(\S+)/")[1]

    def run(self, name: str, *options: str) -> Program:
        log = self._folder / f"{name}-{len(self._programs)}.log"
        self._programs.append(Program(name, "--bus", self.url, *options, log=log, env={}))
        return self._programs[-1]

    def restart_broker(self) -> None:
        self.broker = self.run("framebus-broker")
        await_broker(self.url)

    def report(self, camera: str) -> CameraReport | None:
        return self._collector.report().cameras.get(camera)

    def settled(self, camera: str) -> CameraReport:
        """The report when the camera has left and nothing changes any more."""

        def same() -> CameraReport | None:
            before = self.report(camera)
            self.await_reports()
            after = self.report(camera)
            assert before and after
            still = [hop.total for hop in before.hops] == [hop.total for hop in after.hops]
            return after if still and not any(hop.in_flight for hop in after.hops) else None

        return wait_until(same, what="the last counts")

    def await_reports(self) -> None:
        """Wait until every service that runs has reported what it counts now."""
        began = time.monotonic()

        def all_heard() -> bool:
            services = [one for one in self._collector.report().services if not one.left]
            heard = [time.monotonic() - one.quiet_s for one in services]
            return all(at - began > REPORTED_S for at in heard)

        wait_until(all_heard, what="a report of every service")

    def close(self) -> None:
        self._listening.__exit__(None, None, None)
        for program in reversed(self._programs):
            program.process.send_signal(signal.SIGCONT)
            program.end()


class Take:
    """One camera that is watched while something happens to it."""

    def __init__(self, scene: Scene, camera: str, rendition: str, *options: str) -> None:
        self.scene, self.camera, self.rendition = scene, camera, rendition
        shown = ("--camera", camera, "--publish", rendition, *options)
        self.capture = scene.run("framebus-capture", *shown)
        wait_until(lambda: mjpeg.ready(scene.host, camera), what="the camera in the gateway's list")
        self.viewer = Viewer(scene.host, camera, rendition)
        self.viewer.await_more()

    def stall(self, program: Program, stage: str, cause: str) -> None:
        """A process stands still for a while, which costs frames there for this cause."""

        def stand_still() -> None:
            program.process.send_signal(signal.SIGSTOP)
            time.sleep(STALL_S)
            program.process.send_signal(signal.SIGCONT)
            self.viewer.await_more()

        repeat(stand_still, lambda: self.dropped(stage, cause) > 0, f"{cause} at {stage}")

    def lost(self) -> dict[str, int]:
        """What has been lost, everywhere, when no more is lost."""

        def same() -> bool:
            nonlocal lost
            before, lost = lost, self._lost()
            return before == lost

        lost = self._lost()
        wait_until(same, what="an end of the losses")
        return lost

    def _lost(self) -> dict[str, int]:
        self.scene.await_reports()
        report = self.scene.report(self.camera)
        assert report
        return report.lost

    def dropped(self, stage: str, cause: str) -> int:
        """Frames lost there so far."""
        report = self.scene.report(self.camera)
        hops = report.hops if report else []
        return sum(hop.dropped.get(cause, 0) for hop in hops if hop.stage == stage)

    def end(self) -> CameraReport:
        self.capture.stop()
        return self.scene.settled(self.camera)


def repeat(fault: Callable[[], None], shows: Callable[[], bool], what: str) -> None:
    """Make a fault until it shows in the report."""
    made = float("-inf")

    def asked() -> bool:
        nonlocal made
        if time.monotonic() - made > AGAIN_S:
            fault()
            made = time.monotonic()
        return shows()

    wait_until(asked, what=what)
