"""A report as tables for people."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from framebus_monitor.figures import CameraReport, HopReport, Report, ServiceReport

PIPE_WIDTH = 120  # columns, where no terminal says how wide it is
COUNTS = (
    "\nfps",
    "\nreceived",
    "\nforwarded",
    "\ndropped",
    "unex-\nplained",
    "age ms\np50",
    "\np99",
)


def console() -> Console:
    """Standard output, as wide as the terminal if it is one."""
    out = Console(highlight=False)
    return out if out.is_terminal else Console(highlight=False, width=PIPE_WIDTH)


def render(report: Report, note: str = "") -> RenderableType:
    """The whole report: per camera a line and its hops, then the services, then ``note``."""
    parts: list[RenderableType] = []
    for name, camera in report.cameras.items():
        parts += [_summary(name, camera), _hops(camera.hops), ""]
    if not report.cameras:
        parts += ["No camera has reported anything.", ""]
    if report.services:
        parts.append(_services(report.services))
    if note:
        parts.append(Text(note, style="yellow"))
    return Group(*parts)


def _summary(name: str, camera: CameraReport) -> Text:
    line = Text.assemble((name, "bold"), f"  produced {camera.produced}")
    line.append(f"  delivered {camera.delivered}")
    lost = sum(camera.lost.values())
    causes = f" ({_causes(camera.lost)})" if lost else ""
    line.append(f"  lost {lost}{causes}", style="yellow" if lost else "")
    line.append(f"  unexplained {camera.unexplained}", style="red" if camera.unexplained else "")
    if camera.streaming is False:
        line.append(f"  not streaming: {camera.reason or 'no reason given'}", style="yellow")
    return line


def _hops(hops: list[HopReport]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("\n  service", overflow="fold")
    table.add_column("\nhop", no_wrap=True)
    for title in COUNTS:
        table.add_column(title, justify="right")
    for hop in hops:
        table.add_row(
            f"  {hop.service}/{hop.instance}",
            f"{hop.rendition} {hop.stage}",
            _number(hop.fps, 1),
            str(hop.received),
            str(hop.forwarded),
            Text(_causes(hop.dropped) or "0", style="yellow" if hop.dropped else ""),
            Text(str(hop.unexplained), style="red" if hop.unexplained else ""),
            _number(hop.age_ms.p50, 1),
            _number(hop.age_ms.p99, 1),
        )
    return table


def _services(services: list[ServiceReport]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("  service", overflow="fold")
    table.add_column("clock ± ms", justify="right")
    table.add_column("cpu %", justify="right")
    for service in services:
        table.add_row(
            f"  {service.service}/{service.instance}",
            _number(service.clock_uncertainty_ms, 2),
            _number(None if service.cpu is None else 100 * service.cpu, 1),
        )
    return table


def _causes(counts: dict[str, int]) -> str:
    return ", ".join(f"{cause} {count}" for cause, count in counts.items())


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
