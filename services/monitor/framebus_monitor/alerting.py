"""The alerts of a running monitor: found in reports, kept in a file, delivered."""

from __future__ import annotations

import time

from framebus_monitor.alert_settings import AlertSettings
from framebus_monitor.alerts import Alerts
from framebus_monitor.delivery import Delivery, targets
from framebus_monitor.figures import Report
from framebus_monitor.outbox import Outbox


class Alerting:
    """Look at each report with it, and close it at the end."""

    def __init__(self, settings: AlertSettings) -> None:
        self._outbox = Outbox(settings.alert_file.expanduser(), targets(settings))
        self._alerts = Alerts(settings, self._outbox, time.monotonic())
        self._delivery = Delivery(settings, self._outbox)

    def look(self, report: Report) -> None:
        """Raise and clear what a report of the last seconds asks for."""
        if self._alerts.update(report, time.monotonic(), time.time()):
            self._delivery.look()

    def close(self) -> None:
        """Stop delivering; what is left is kept."""
        self._delivery.close()
        self._outbox.close()
