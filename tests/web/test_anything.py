"""Whatever is asked, with whatever parameters and body: an answer, and never that of a fault."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framebus.bus import Bus
from tests.conftest import Start
from tests.gateway.described import described
from tests.gateway.gateway import Gateway
from tests.support import TIMEOUT_S
from tests.web.sites import SITES, start_site

MONITOR = {
    path: ["get"]
    for path in (
        "/",
        "/now.json",
        "/series.json",
        "/incidents.json",
        "/log.json",
        "/metrics",
        "/history.csv",
        "/history.json",
        "/login",
        "/static/{file}",
        "/theme/{file}",
    )
}
NAMES = ("camera", "span", "since", "until", "after", "next", "rendition", "max_age", "token")
FIELDS = ("fps", "controls", "camera", "seconds", "bitrate")
METHODS = ("get", "post", "head", "options", "put", "patch", "delete")
KINDS = ("application/json", "application/sdp", "application/trickle-ice-sdpfrag", "text/plain", "")
ODD = ("cam0", "", "nan", "inf", "-0", "1e308", "9" * 400, "1_0", "٣", "\0", "..", "a/b", "\ud800")
words = st.one_of(st.sampled_from(ODD), st.text(max_size=20), st.floats().map(str))
leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), words)
bodies = st.one_of(
    st.binary(max_size=60),
    st.recursive(
        leaves, lambda inner: st.lists(inner) | st.dictionaries(words, inner), max_leaves=6
    ).map(lambda body: json.dumps(body).encode()),
    st.dictionaries(st.sampled_from(FIELDS), leaves).map(lambda body: json.dumps(body).encode()),
)


@pytest.fixture(scope="module", params=SITES)
def site(
    request: pytest.FixtureRequest, shared_start: Start, shared_url: str
) -> Iterator[tuple[Gateway, dict[str, Any]]]:
    """One of the two with its paths, and a camera there."""
    with Bus(shared_url, "capture", "by-hand") as bus:
        assert bus.clock.wait(TIMEOUT_S)
        with described(bus, "cam0", able=True):
            found = start_site(shared_start, request.param, shared_url)
            if request.param == "gateway":
                found.await_camera()
                yield found, found.get("/openapi.json").json["paths"]
            else:
                yield found, MONITOR
        assert "Traceback" not in found.program.output()


@pytest.mark.usefixtures("site")
@settings(max_examples=300)
@given(data=st.data())
def test_no_question_is_a_fault(site: tuple[Gateway, dict[str, Any]], data: st.DataObject) -> None:
    gateway, paths = site
    draw: Callable[[Any], Any] = data.draw
    path = draw(st.sampled_from(sorted(paths)))
    for name in ("camera", "name", "file", "filename"):
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", quote(draw(words), errors="surrogatepass"))
    query = draw(st.dictionaries(st.sampled_from(NAMES), words, max_size=3))
    if "snapshot" in path:
        query["max_age"] = "x"  # or each waits for a picture, as others here for a keyframe
    path = path.replace("cam0/stream", "cam9/stream").replace("cam0/whep", "cam9/whep")
    connection = http.client.HTTPConnection(gateway.host, timeout=TIMEOUT_S)
    method = draw(st.sampled_from(METHODS)).upper()
    connection.request(
        method,
        f"{path}?{urlencode(query, errors='surrogatepass')}",
        None if method in ("GET", "HEAD") else draw(bodies),
        {"Content-Type": draw(st.sampled_from(KINDS))},
    )
    answer = connection.getresponse()  # a stream's is not read
    connection.close()
    assert answer.status < 500 or answer.status == 503
