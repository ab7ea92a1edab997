"""Without a viewer nothing is decoded and nothing is sent; the next one brings it all back."""

from __future__ import annotations

from itertools import islice

from tests import mjpeg
from tests.conftest import Start
from tests.rows import row
from tests.support import Program, wait_until

SECOND = 10  # frames at least, on a busy machine too


def test_the_last_viewer_stops_decode_and_upload(
    start: Start, broker: Program, bus_url: str
) -> None:
    start("framebus-capture", "--bus", bus_url, "--source", "pattern", "--size", "320x240")
    gateway = start("framebus-gateway", "--bus", bus_url, "--port", "0", "--linger", "0.5")
    host = gateway.wait_for(r"open http://([^/\s]+)/")[1]
    wait_until(lambda: mjpeg.ready(host, "cam0"), what="cam0 in /cameras")
    viewer = mjpeg.parts(host, "cam0", "h264")
    assert len(list(islice(viewer, 10))) == 10
    viewer.close()

    row(bus_url, "h264", "receive", lambda counts: not counts["active"])
    before = row(bus_url, "h264", "publish", lambda counts: counts["unwatched"] > 0)
    decoded = row(bus_url, "h264", "decode", bool)["received"]
    more = before["unwatched"] + SECOND
    sent = row(bus_url, "h264", "publish", lambda counts: counts["unwatched"] > more)
    more = sent["unwatched"] + SECOND
    later = row(bus_url, "h264", "publish", lambda counts: counts["unwatched"] > more)
    assert later["forwarded"] == sent["forwarded"], "the camera still sends"
    assert row(bus_url, "h264", "decode", bool)["received"] == decoded, "the gateway still decodes"

    again = mjpeg.parts(host, "cam0", "h264")
    assert next(again).seq > 10
    again.close()
