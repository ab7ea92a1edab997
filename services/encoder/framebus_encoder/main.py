"""``framebus-encoder``."""

from __future__ import annotations

import logging

from framebus.service import connected, stop_on_signal
from framebus.settings import load
from framebus_encoder.service import Service
from framebus_encoder.settings import Settings

log = logging.getLogger("framebus_encoder")
PROGRAM = "framebus-encoder"


def main() -> None:
    """Encode until SIGTERM or SIGINT."""
    settings = load(Settings, PROGRAM)
    stop = stop_on_signal()
    with connected(settings, "encoder", stop) as bus:
        log.info(
            "makes %s of %s",
            ", ".join(rendition.name for rendition in settings.rendition),
            ", ".join(settings.camera) or "every camera that publishes raw",
        )
        Service(bus, settings).run(stop)
    log.info("stopped")
