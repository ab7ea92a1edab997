"""A report as tables for people."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from framebus_monitor.figures import CameraReport, HopReport, Report, ServiceReport
from framebus_monitor.units import percent

PIPE_WIDTH = 120  # columns, where no terminal says how wide it is
GONE_S = 10.0  # what was not heard of for so long is no longer shown
COUNTS = (
    "\nfps",
    "\nreceived",
    "\nforwarded",
    "\ndropped",
    "unex-\nplained",
    "age ms\np50",
    "\np95",
    "\np99",
    "\nmax",
    "\n±",
)
STYLES = {
    "well": "green",
    "loses frames": "yellow",
    "unexplained loss": "red",
    "no signal": "red",
    "stopped": "",
    "unknown": "",
}
LONGER = {"1m": "1 min", "1h": "1 h"}


def console() -> Console:
    """Standard output, as wide as the terminal if it is one."""
    out = Console(highlight=False)
    return out if out.is_terminal else Console(highlight=False, width=PIPE_WIDTH)


def render(report: Report, notes: Iterable[str] = ()) -> RenderableType:
    """The whole report: per camera its lines and hops, then the services, then ``notes``."""
    parts: list[RenderableType] = []
    for name, camera in report.cameras.items():
        hops = [hop for hop in camera.hops if hop.quiet_s < max(GONE_S, report.seconds)]
        parts += [*_summary(name, camera), *_renditions(camera), _hops(hops)]
        parts += [*_longer(hops), ""]
    if not report.cameras:
        parts += ["No camera has reported anything.", ""]
    if report.services:
        parts.append(_services(report.services))
    if report.missing:
        parts.append(Text(f"  not heard of: {', '.join(report.missing)}", style="yellow"))
    parts += [Text(note, style="yellow") for note in notes]
    return Group(*parts)


def _summary(name: str, camera: CameraReport) -> list[Text]:
    head = Text.assemble((name, "bold"), "  ", (camera.verdict, STYLES[camera.verdict]))
    if camera.stopped or camera.streaming is False:
        head.append(f": {camera.reason or 'no reason is given'}")
    line = Text(f"  produced {camera.produced}  delivered {camera.delivered}")
    line.append(f"  unwatched {camera.unwatched}")
    lost = sum(camera.lost.values())
    causes = f" ({_causes(camera.lost)})" if lost else ""
    line.append(f"  lost {lost}{causes}", style="yellow" if lost else "")
    line.append(f"  unexplained {camera.unexplained}", style="red" if camera.unexplained else "")
    if camera.loss:
        line.append(f"  loss {percent(camera.loss)}", style="yellow")
    return [head, line]


def _renditions(camera: CameraReport) -> list[Text]:
    lines = []
    for made in camera.renditions:
        if not made.bitrate and made.target is None:
            continue
        text = f"  {made.name}: {made.bitrate / 1e6:.2f} Mbit/s"
        if made.target is not None:
            text += f", target {made.target / 1e6:.2f}"
        if made.congestion:
            text += f", by {made.congestion}"
        if made.reason:
            text += f": {made.reason}"
        if made.control:
            text += f" ({made.control})"
        lines.append(Text(text))
    return lines


def _hops(hops: list[HopReport]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("\n  service", overflow="fold")
    table.add_column("\nhop", no_wrap=True)
    for title in COUNTS:
        table.add_column(title, justify="right")
    for hop in hops:
        age = hop.age_ms
        table.add_row(
            f"  {hop.service}/{hop.instance}",
            f"{hop.rendition} {hop.stage}",
            _number(hop.fps, 1),
            str(hop.received),
            str(hop.forwarded),
            Text(_causes(hop.dropped) or "0", style="yellow" if hop.dropped else ""),
            Text(str(hop.unexplained), style="red" if hop.unexplained else ""),
            *(_number(value, 1) for value in (age.p50, age.p95, age.p99, age.max)),
            _number(hop.age_uncertainty_ms, 1),
        )
    return table


def _longer(hops: list[HopReport]) -> list[Text]:
    """The ages of the last hop that has any, over longer than the table's."""
    last = next((hop for hop in reversed(hops) if hop.latency_ms.get("1h")), None)
    if last is None:
        return []
    texts = []
    for name, title in LONGER.items():
        age = last.latency_ms[name]
        if age.p50 is not None:
            values = ", ".join(
                f"{label} {_number(value, 1)}"
                for label, value in (("p50", age.p50), ("p95", age.p95), ("p99", age.p99))
            )
            texts.append(f"{title}: {values}, max {_number(age.max, 1)}")
    place = f"{last.service}/{last.instance} {last.rendition} {last.stage}"
    return [Text(f"  age ms at {place}, {'; '.join(texts)}")] if texts else []


def _services(services: list[ServiceReport]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("  service", overflow="fold")
    for title in ("clock ± ms", "jitter ms", "cpu %"):
        table.add_column(title, justify="right")
    table.add_column("machine", overflow="fold")
    for service in services:
        if service.left and service.quiet_s > GONE_S:
            continue
        machine = _machine(service)
        if service.quiet:
            machine = Text(f"not heard of for {service.quiet_s:.0f} s", style="yellow")
        elif service.left:
            machine = Text("stopped")
        table.add_row(
            f"  {service.service}/{service.instance}",
            _number(service.clock_uncertainty_ms, 2),
            _number(service.clock_jitter_ms, 2),
            _number(None if service.cpu is None else 100 * service.cpu, 1),
            machine,
        )
    return table


def _machine(service: ServiceReport) -> Text:
    health = service.health
    if health is None:
        return Text()
    shares = (("cpu", health.cpu), ("memory", health.memory), ("disk", health.disk))
    parts = [f"{name} {100 * share:.0f} %" for name, share in shares if share is not None]
    if health.temperature is not None:
        parts.insert(0, f"{health.temperature:.0f} °C")
    if health.wifi_signal is not None:
        parts.append(f"Wi-Fi {health.wifi_signal:.0f} dBm")
    line = Text(", ".join(parts))
    if health.throttled:
        line.append(f" {', '.join(health.throttled)}", style="red")
    elif health.throttled_before:
        line.append(f" (before: {', '.join(health.throttled_before)})")
    return line


def _causes(counts: dict[str, int]) -> str:
    return ", ".join(f"{cause} {count}" for cause, count in counts.items())


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
