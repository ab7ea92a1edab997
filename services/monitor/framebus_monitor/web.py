"""The monitor's page and what programs can ask it: figures, history, incidents, log, metrics.

Answers from what is known already and computes little: the page asks once a second. What there
may be much of, the history and the metrics, is made aside.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, render_template, request

from framebus import loops
from framebus.bus import Bus
from framebus.log_line import LEVELS
from framebus_monitor import exports
from framebus_monitor.aside import aside
from framebus_monitor.asked import DAY_S, number, period
from framebus_monitor.incidents import Incident
from framebus_monitor.live import Live
from framebus_monitor.plots import series
from framebus_monitor.store import Reader
from framebus_web.access import Need, needs, who
from framebus_web.site import Door, protect

MOST_INCIDENTS = 200
LONGEST_SPAN_S = 366 * DAY_S


def create_app(
    bus: Bus, live: Live, history: Reader, metrics: Callable[[], bytes], door: Door
) -> Flask:
    """The WSGI application; ``metrics`` gives the text for Prometheus.

    All of it is for who may see every camera.
    """
    app = Flask(__name__)
    app.register_blueprint(_figures(bus, live, history))
    app.register_blueprint(exports.blueprint(bus, history))

    @app.get("/")
    @needs(Need.EVERYTHING)
    def page() -> str:
        return render_template("monitor.html", levels=LEVELS, user=who().name)

    @app.get("/metrics")
    @needs(Need.EVERYTHING)
    def scrape() -> Response:
        return Response(aside(metrics), content_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/healthz")
    @needs(Need.NOTHING)
    def health() -> Response:
        reason = None
        if not bus.clock.broker_answers:
            reason = f"the broker at {bus.address.url} does not answer"
        elif trouble := loops.trouble():
            reason = f"the monitor stands: {trouble}"
        answer = jsonify(healthy=reason is None, reason=reason)
        answer.status_code = 200 if reason is None else 503
        return answer

    @app.after_request
    def fresh(answer: Response) -> Response:
        if request.endpoint not in ("static", "theme.asset"):
            answer.headers["Cache-Control"] = "no-store"
        return answer

    @app.errorhandler(sqlite3.Error)
    def unreadable(error: sqlite3.Error) -> tuple[Response, int]:
        return jsonify(error=f"the history cannot be read: {error}; see what the monitor logs"), 503

    protect(app, door)
    return app


def _figures(bus: Bus, live: Live, history: Reader) -> Blueprint:
    routes = Blueprint("figures", __name__)

    @routes.get("/now.json")
    @needs(Need.EVERYTHING)
    def now() -> Response:
        at, report, incidents = live.now
        return jsonify(
            at=at,
            bus={"url": bus.address.url, "answers": bus.clock.broker_answers},
            report=report and report.model_dump(),
            incidents=[_incident(incident) for incident in incidents],
            last_line=live.last_line,
        )

    @routes.get("/series.json")
    @needs(Need.EVERYTHING)
    def plots() -> Response:
        camera, span = request.args.get("camera", ""), number("span", 600, 10, LONGEST_SPAN_S)
        return jsonify(aside(series, live, history, camera, bus.clock.now() / 1e9, span))

    @routes.get("/incidents.json")
    @needs(Need.EVERYTHING)
    def incidents() -> Response:
        camera = request.args.get("camera")
        found = aside(history.incidents, *period(bus), camera, MOST_INCIDENTS)
        return jsonify(incidents=found)

    @routes.get("/log.json")
    @needs(Need.EVERYTHING)
    def lines() -> Response:
        after = int(number("after", 0, 0, 2**53))
        return jsonify(lines=[line.as_json() for line in live.lines(after)])

    return routes


def _incident(incident: Incident) -> dict[str, Any]:
    names = ("camera", "begin", "end", "frames", "over", "text")
    return {name: getattr(incident, name) for name in names}
