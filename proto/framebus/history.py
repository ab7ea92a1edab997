"""Which counts are known to have begun at 0 while the monitor listened.

Owns the order of the reports of each service. A report is all rows of one process with one
``at``. Drops nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from framebus.rows import AccountRow, Peer, Row

Report = tuple[int, int]
"""``(process, at)``."""


class History:
    """The reports of each service in the order of their arrival."""

    def __init__(self, rows: Iterable[Row]) -> None:
        found: dict[Peer, dict[Report, None]] = {}
        for row in rows:
            found.setdefault(row.peer, {})[row.process, row.at] = None
        self._reports = {peer: list(reports) for peer, reports in found.items()}

    def beginning(self, row: AccountRow) -> int | None:
        """Bus time (ns) of a report before which the row's counts did not exist, else None.

        ``row`` is the first of its account. Its counts are new if the process is, or if an
        earlier report of the process came without them.
        """
        reports = self._reports[row.peer]
        index = reports.index((row.process, row.at))
        if index == 0:
            return None
        earlier = sum(process == row.process for process, _ in reports[:index])
        # the first report heard of a process may be the rest of one that was under way
        if earlier >= 2 or self._is_new_process(reports, row.process):
            return reports[index - 1][1]
        return None

    @staticmethod
    def _is_new_process(reports: list[Report], process: int) -> bool:
        first = next(i for i, report in enumerate(reports) if report[0] == process)
        if first == 0:
            return False
        before = reports[first - 1][0]
        # were both heard from afterwards, then two live processes share a name
        return all(other != before for other, _ in reports[first:])
