"""Age, bitrate and what waits in the link, over time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

try:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
except ImportError:
    pyplot = None  # type: ignore[assignment]

Series = list[dict[str, Any]]
AGE, BITRATE, WAITING = "age of the picture, ms", "Mbit/s", "waiting, kB"


def draw(path: Path, runs: list[tuple[str, list[tuple[float, float]], Series]]) -> bool:
    """Write a PNG, one column for each run; False if matplotlib is not installed.

    A run has a title, how old the page's picture looked (s, s), and `measure.by_second`.
    """
    if pyplot is None:
        return False
    size = (1 + 6.5 * len(runs), 9)
    figure, grid = pyplot.subplots(3, len(runs), figsize=size, sharex="col", squeeze=False)
    for column, (title, shown, series) in zip(grid.T, runs, strict=True):
        age, rate, waiting = column
        at = [entry["at"] + 0.5 for entry in series]
        age.set_title(title)
        age.plot([t for t, _ in shown], [1000 * old for _, old in shown], lw=0.8, color="C3")
        age.axhline(300, color="grey", ls=":", lw=1)
        age.set(ylabel=AGE, ylim=(0, None))
        _stairs(rate, series, "link", "rate of the link", color="black", lw=1.5)
        _line(rate, at, series, "passed", "through it", color="C0")
        _line(rate, at, series, "bitrate", "bitrate", color="C1")
        _line(rate, at, series, "target", "target", color="C2", ls="--")
        highest = max([e["passed"] or 0 for e in series] + [e["bitrate"] or 0 for e in series])
        rate.set(ylabel=BITRATE, ylim=(0, max(1.0, 1.5 * highest)))
        for key, label in (
            ("in_shaper", "in the shaper"),
            ("unsent", "in the socket, unsent"),
            ("recovering", "behind a lost packet"),
            ("unread", "at the broker, unread"),
        ):
            _line(waiting, at, series, key, label)
        waiting.set(ylabel=WAITING, xlabel="s", ylim=(0, None))
        for axes in (rate, waiting):
            axes.legend(loc="upper right", fontsize="small")
    figure.tight_layout()
    figure.savefig(path, dpi=90)
    pyplot.close(figure)
    return True


def _stairs(axes: Any, series: Series, key: str, label: str, **style: Any) -> None:
    values = [entry[key] if entry[key] is not None else float("nan") for entry in series]
    axes.stairs(values, range(len(series) + 1), label=label, baseline=None, **style)


def _line(axes: Any, at: list[float], series: Series, key: str, label: str, **style: Any) -> None:
    if any(entry[key] is not None for entry in series):
        values = [entry[key] if entry[key] is not None else float("nan") for entry in series]
        axes.plot(at, values, label=label, **style)
