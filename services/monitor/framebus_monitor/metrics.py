"""``/metrics`` for Prometheus, in its conventional names and base units. Keeps nothing itself."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from framebus_monitor.figures import HopReport, Report, ServiceReport
from framebus_monitor.live import Live

HOP = ("camera", "rendition", "service", "instance", "stage")
PROCESS = ("service", "instance")
QUANTILES = {"p50": "0.5", "p95": "0.95", "p99": "0.99"}
WINDOW = "1m"  # of the quantiles


class Metrics(Collector):
    """What Prometheus is told."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        _, report, _ = self._live.now
        if report is None:
            return
        up = GaugeMetricFamily("framebus_broker_up", "Whether the broker answers")
        up.add_metric([], float(report.broker_answers))
        yield up
        yield from self._cameras()
        yield from _states(report)
        hops = [(name, hop) for name, camera in report.cameras.items() for hop in camera.hops]
        yield from _hops(hops)
        yield from _services(report.services)

    def _cameras(self) -> Iterator[Metric]:
        names = ["camera"]
        produced = CounterMetricFamily(
            "framebus_camera_frames_produced", "Frames that the sensor made", labels=names
        )
        delivered = CounterMetricFamily(
            "framebus_camera_frames_delivered", "Frames that left the last hop", labels=names
        )
        lost = CounterMetricFamily(
            "framebus_camera_frames_lost", "Frames lost, by cause", labels=[*names, "cause"]
        )
        unexplained = CounterMetricFamily(
            "framebus_camera_frames_unexplained", "Frames lost without a cause", labels=names
        )
        for name, totals in self._live.totals().items():
            produced.add_metric([name], totals.produced)
            delivered.add_metric([name], totals.delivered)
            unexplained.add_metric([name], totals.unexplained)
            for cause, count in totals.lost.items():
                lost.add_metric([name, cause], count)
        yield from (produced, delivered, lost, unexplained)


def _states(report: Report) -> Iterator[Metric]:
    streaming = GaugeMetricFamily(
        "framebus_camera_streaming", "Whether frames come from the camera", labels=["camera"]
    )
    wanted = GaugeMetricFamily(
        "framebus_camera_wanted", "Whether the camera is meant to transmit", labels=["camera"]
    )
    labels = ["camera", "rendition"]
    sent = GaugeMetricFamily(
        "framebus_rendition_bits_per_second", "Sent in the last second", labels=labels
    )
    target = GaugeMetricFamily(
        "framebus_rendition_target_bits_per_second", "What the encoder aims at", labels=labels
    )
    for name, camera in report.cameras.items():
        wanted.add_metric([name], float(not camera.stopped))
        if camera.streaming is not None:
            streaming.add_metric([name], float(camera.streaming))
        # of two that make one rendition, the first is the one that is used
        for rendition in {r.name: r for r in reversed(camera.renditions)}.values():
            sent.add_metric([name, rendition.name], rendition.bitrate)
            if rendition.target is not None:
                target.add_metric([name, rendition.name], rendition.target)
    yield from (streaming, wanted, sent, target)


def _hops(hops: list[tuple[str, HopReport]]) -> Iterator[Metric]:
    received = CounterMetricFamily("framebus_frames_received", "Frames that came in", labels=HOP)
    forwarded = CounterMetricFamily("framebus_frames_forwarded", "Frames that went on", labels=HOP)
    dropped = CounterMetricFamily(
        "framebus_frames_dropped", "Frames that went no further", labels=[*HOP, "cause"]
    )
    unwatched = CounterMetricFamily(
        "framebus_frames_unwatched", "Frames that nobody wanted, which is no loss", labels=HOP
    )
    age = Metric(
        "framebus_frame_age_seconds", f"Age of frames that went on, over {WINDOW}", "summary"
    )
    for camera, hop in hops:
        place = [camera, hop.rendition, hop.service, hop.instance, hop.stage]
        received.add_metric(place, hop.total.received)
        forwarded.add_metric(place, hop.total.forwarded)
        unwatched.add_metric(place, hop.total.unwatched)
        for cause, count in hop.total.dropped.items():
            dropped.add_metric([*place, cause], count)
        labels = dict(zip(HOP, place, strict=True))
        for name, quantile in QUANTILES.items():
            value = getattr(hop.latency_ms.get(WINDOW), name, None)
            if value is not None:
                age.add_sample(age.name, labels | {"quantile": quantile}, value / 1000)
        age.add_sample(f"{age.name}_count", labels, hop.total.forwarded)
    yield from (received, forwarded, dropped, unwatched, age)


def _services(services: list[ServiceReport]) -> Iterator[Metric]:
    up = GaugeMetricFamily("framebus_service_up", "Whether it is heard of", labels=PROCESS)
    cpu = GaugeMetricFamily(
        "framebus_cpu_cores", "Processor cores that the process uses", labels=PROCESS
    )
    clock = GaugeMetricFamily(
        "framebus_clock_uncertainty_seconds", "Bus time there is right to within it", labels=PROCESS
    )
    heat = GaugeMetricFamily("framebus_temperature_celsius", "Of the processor", labels=PROCESS)
    throttled = GaugeMetricFamily(
        "framebus_throttled", "What holds the processor down now", labels=[*PROCESS, "kind"]
    )
    for service in services:
        if service.left:
            continue
        who = [service.service, service.instance]
        up.add_metric(who, float(not service.quiet))
        if service.cpu is not None:
            cpu.add_metric(who, service.cpu)
        if service.clock_uncertainty_ms is not None:
            clock.add_metric(who, service.clock_uncertainty_ms / 1000)
        if service.health and service.health.temperature is not None:
            heat.add_metric(who, service.health.temperature)
        for kind in (service.health and service.health.throttled) or []:
            throttled.add_metric([*who, kind], 1)
    yield from (up, cpu, clock, heat, throttled)
