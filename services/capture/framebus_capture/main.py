"""``framebus-capture``."""

from __future__ import annotations

import logging
import sys

from framebus import credentials
from framebus.service import connected, stop_on_signal
from framebus.settings import load, refuse
from framebus.watchdog import give_up
from framebus_capture.capture import Capture
from framebus_capture.health import Health
from framebus_capture.namesake import Namesake
from framebus_capture.settings import Settings
from framebus_capture.shot import BadSource
from framebus_capture.sources import choose
from framebus_capture.supervisor import Stuck

log = logging.getLogger("framebus_capture")
PROGRAM = "framebus-capture"
READABLE = (
    "--source: everybody on this machine can read the password in the list of processes; give it "
    "by the variable FRAMEBUS_SOURCE, or as source in the file that FRAMEBUS_CONFIG names"
)


def main() -> None:
    """Publish a camera until SIGTERM or SIGINT, or until a file with ``--once`` ends."""
    settings = load(Settings, PROGRAM)
    try:
        source = choose(settings)
    except BadSource as error:
        refuse(PROGRAM, f"--source {settings.source}: {error}")
    stop = stop_on_signal()
    with connected(settings, "capture", stop) as bus:
        bus.reporter.about_process = Health()
        namesake = Namesake(bus, settings.camera, give_way=stop.set)
        if credentials.has_secret(settings.source) and _on_command_line(settings.source):
            log.warning(READABLE)
        log.info("camera %s: %s, as %s", settings.camera, source.name, ", ".join(settings.publish))
        while not bus.clock.wait(0.2) and not stop.is_set():
            pass  # without bus time no frame could be stamped; the clock says who is missing
        try:
            if not stop.is_set() and not namesake.answers():
                Capture(bus, settings, source).run(stop)
        except Stuck as error:
            give_up(str(error))
        finally:
            namesake.close()
    if namesake.other:
        refuse(PROGRAM, namesake.refusal())
    log.info("stopped")


def _on_command_line(source: str) -> bool:
    return any(source in argument for argument in sys.argv[1:])
