"""``framebus-broker``."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from pydantic import Field

from framebus import logs
from framebus.address import BusAddress
from framebus.service import allow_connections, stop_on_signal
from framebus.settings import ServiceSettings, load, refuse, refuse_open_address
from framebus.watchdog import Watchdog
from framebus_broker.broker import Broker, CannotBind

log = logging.getLogger("framebus_broker")
PROGRAM = "framebus-broker"


class Settings(ServiceSettings):
    """framebus-broker: forwards messages from publishers to subscribers and keeps bus time."""

    insecure: bool = Field(False, description="serve other machines without asking who they are")


def main() -> None:
    """Run the broker until SIGTERM or SIGINT."""
    settings = load(Settings, PROGRAM)
    address = BusAddress.parse(settings.bus)
    if not address.is_ipc:
        host = urlsplit(settings.bus).hostname or ""
        refuse_open_address(PROGRAM, "--bus", host, settings.insecure)
    logs.setup(settings.log_level)
    allow_connections()
    stop = stop_on_signal()
    try:
        broker = Broker(address)
    except CannotBind as error:
        refuse(PROGRAM, str(error))
    log.info("the bus is at %s", address.url)
    Watchdog(stop)
    broker.run(stop)
    log.info("stopped")
