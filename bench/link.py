"""What reaches the page over poor links, how old it is, and what becomes of what does not.

    sudo make bench-link [ARGS="--quick --only 1,3"]

Makes a Pi and a server as network namespaces with a limited link between them (`namespaces.py`),
runs framebus there, and looks at the page as a browser would. What is run is in `scenarios.py`,
what it means in `README.md`. ``--beside`` runs the programs of another checkout in turn with these.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import measure
import namespaces
import plot
import tables
from processes import BenchError
from rig import PICAMERA_RIG, Clips, Rig, picamera_is_ready
from scenarios import PLOTTED, RUNS, WHAT, Run

RESULTS = Path(__file__).parent / "results"
Drawn = tuple[str, list[tuple[float, float]], list[dict[str, Any]]]


class Bench:
    """Runs scenarios and keeps what they gave."""

    def __init__(self, clips: Clips, folder: Path, options: argparse.Namespace) -> None:
        self._clips, self._folder, self._options = clips, folder, options
        self.drawn: list[Drawn] = []

    def lines(self, run: Run) -> list[dict[str, Any]]:
        """What a run gives, one line for these programs and one for those beside."""
        options = self._options
        every: dict[str, list[dict[str, Any]]] = {}
        for _ in range(options.times):
            every.setdefault("", []).append(self.measure(run, None))
            if options.beside:
                every.setdefault("beside", []).append(self.measure(run, options.beside))
        return [measure.middle(results) | {"programs": name} for name, results in every.items()]

    def measure(self, run: Run, programs: Path | None) -> dict[str, Any]:
        """One line of a table."""
        quick = self._options.quick
        seconds, joins, starts = run.seconds[quick], run.joins[quick], run.starts[quick]
        rates = " → ".join("loopback" if rate is None else str(rate) for rate in run.rates)
        about = {"link": rates, "footage": run.footage, "publish": run.publish}
        about |= {"source": run.source, "round_trip": 2 * run.cable.delay}
        about |= {"loss": run.cable.loss, "burst": run.cable.burst}
        results = []
        for _ in range(starts):
            with (
                tempfile.TemporaryDirectory(dir=self._folder) as folder,
                self._rig(run, Path(folder), programs) as rig,
            ):
                if run.kind == "join":
                    results.append({"cold": run.cold} | _joined(rig, joins))
                elif run.kind == "slow":
                    results.append(_slow(rig, seconds))
                else:
                    results.append(self._watched(run, rig.watch(seconds), rates))
        return about | (measure.together(results) if run.kind == "starts" else results[0])

    def _rig(self, run: Run, folder: Path, programs: Path | None) -> Rig:
        options = self._options
        link = namespaces.Link(run.rates[0], options.bottleneck, options.congestion, run.cable)
        return Rig(
            run,
            self._clips,
            folder,
            link,
            bitrate=options.bitrate,
            fixed=options.fixed,
            programs=programs,
        )

    def _watched(self, run: Run, watched: measure.Watched, link: str) -> dict[str, Any]:
        series = measure.by_second(watched)
        if run.scenario in PLOTTED and self._options.beside is None:
            ages = [(at - watched.begin, age) for at, age in measure.shown(watched.frames)]
            inside = [(at, age) for at, age in ages if 0 <= at <= watched.seconds]
            self.drawn.append((f"{link} Mbit/s", inside, series))
        adapted = measure.adapted_after(series) if run.scenario == 2 else None
        third = watched.seconds / len(run.rates)
        back = measure.back_after(series, third, 2 * third) if run.scenario == 3 else None
        result = measure.summary(watched, skip=adapted or 0.0)
        after = [entry["age_p50"] for entry in series[int(adapted or 0) :] if entry["age_p50"]]
        half = len(after) // 2
        growth = float(np.median(after[half:]) - np.median(after[:half])) if half else None
        growth = None if growth is None else round(growth, 1)
        return result | {"adapted": adapted, "back": back, "growth": growth, "seconds": series}


def _joined(rig: Rig, joins: int) -> dict[str, Any]:
    if rig.run.cold:
        first = rig.consumer(3600, work=0)
    else:
        first = rig.viewer("--seconds", "3600", name="another")
    first.until(lambda: first.output, "the first picture")
    joining = rig.viewer("--joins", str(joins), name="joining")
    both = measure.read_lines(joining.result(patience=20 + 5 * joins), "join")
    waits, ages = np.array(both).T * 1000
    return {"joins": joins, "all_ms": [round(float(wait), 1) for wait in waits]} | {
        name: round(float(np.quantile(values, q)), 1)
        for name, values, q in (
            ("p50", waits, 0.5),
            ("p95", waits, 0.95),
            ("max", waits, 1),
            ("age_p50", ages, 0.5),
            ("age_p95", ages, 0.95),
        )
    }


def _slow(rig: Rig, seconds: float) -> dict[str, Any]:
    told = rig.consumer(seconds, work=0.2).result(patience=60 + seconds)
    ages = 1000 * np.array([float(line) for line in told.splitlines()])
    quantiles = {"p50": 0.5, "p99": 0.99, "max": 1}
    return {"frames": len(ages)} | {
        name: round(float(np.quantile(ages, q)), 1) for name, q in quantiles.items()
    }


def _circumstances(options: argparse.Namespace) -> str:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores of {platform.machine()}, "
        f"Linux {platform.release()}, load {load} before; bottleneck: {options.bottleneck}, "
        f"TCP {options.congestion}{f', middle of {options.times}' if options.times > 1 else ''}"
        f"{'; --fixed' if options.fixed else ''}{'; --quick' if options.quick else ''}."
    )


def main() -> None:
    """Run what was asked for, print it, write it."""
    parser = argparse.ArgumentParser(description="framebus over poor links")
    parser.add_argument("--quick", action="store_true", help="short: about 10 minutes in all")
    everything = ",".join(str(number) for number in WHAT)
    parser.add_argument("--only", default=everything, help="scenarios, for example 1,3")
    parser.add_argument(
        "--bottleneck",
        choices=(namespaces.PI, namespaces.ROUTER),
        default=namespaces.PI,
        help="where the link is limited: at the Pi's own interface, or behind it",
    )
    parser.add_argument(
        "--congestion",
        choices=(namespaces.AUTO, "cubic", "reno", "bbr"),
        default=namespaces.AUTO,
        help="TCP's control; auto: what the programs choose",
    )
    parser.add_argument("--times", type=int, default=1, help="of each line the middle of so many")
    parser.add_argument("--beside", type=Path, help="a folder with other framebus programs")
    parser.add_argument("--bitrate", default="4M", help="the most of what is encoded at the Pi")
    parser.add_argument(
        "--fixed", action="store_true", help="do not let the bitrate follow the link"
    )
    parser.add_argument("--results", type=Path, help="folder (default: bench/results[/quick])")
    options = parser.parse_args()
    unknown = set(options.only.split(",")) - {str(number) for number in WHAT}
    if unknown:
        parser.error(f"--only {options.only}: use numbers from 1 to {len(WHAT)}, as in 1,3")
    chosen = [int(number) for number in options.only.split(",")]
    namespaces.check()
    namespaces.end_by_exception()
    results = options.results or (RESULTS / "quick" if options.quick else RESULTS)
    results.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fb-bench-") as folder:
        clips = Clips(Path(folder))
        picamera = picamera_is_ready()
        if 9 in chosen and not (picamera or options.quick):
            print(f"picamera2 is left out: sudo {PICAMERA_RIG} up", file=sys.stderr)
        for scenario in chosen:
            bench = Bench(clips, Path(folder), options)
            about = _circumstances(options)
            try:
                lines = [
                    line
                    for run in RUNS
                    if run.scenario == scenario
                    and (run.quick or not options.quick)
                    and (run.source != "picamera" or picamera)
                    for line in bench.lines(run)
                ]
            except (BenchError, OSError) as error:
                sys.exit(f"scenario {scenario}: {error}")
            _write(results / f"scenario-{scenario}", scenario, lines, about, bench.drawn)


def _write(
    path: Path, scenario: int, lines: list[dict[str, Any]], about: str, drawn: list[Drawn]
) -> None:
    text = f"## {scenario}. {WHAT[scenario]}\n\n{about}\n\n{tables.table(scenario, lines)}\n"
    if drawn and plot.draw(path.with_suffix(".png"), drawn):
        text += f"\n![age and bitrate over time]({path.name}.png)\n"
    print(text, flush=True)
    path.with_suffix(".md").write_text(text)
    whole = {"scenario": scenario, "about": about, "runs": lines}
    path.with_suffix(".json").write_text(json.dumps(whole, indent=1))


if __name__ == "__main__":
    main()
