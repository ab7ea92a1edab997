"""What hostile or broken clients do: it costs them, not memory, and not the others."""

from __future__ import annotations

import re
import resource
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from framebus.bus import Bus
from tests.gateway.described import described
from tests.gateway.gateway import Gateway
from tests.gateway.raw import answer, connect
from tests.support import need, wait_until

MB = 1024
GET = b"GET /cameras HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def used(shared_gateway: Gateway, shared_bus: Bus) -> Iterator[Gateway]:
    """A gateway with a camera, that has answered before memory is measured."""
    with described(shared_bus, "cam0"):
        shared_gateway.await_camera()
        for _ in range(20):
            assert shared_gateway.get("/").status == 200
        yield shared_gateway


@pytest.fixture
def many_descriptors() -> Iterator[None]:
    """More descriptors for this process than the 1024 that most shells allow."""
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    need(most >= 2000 or most == resource.RLIM_INFINITY, "more than 2000 files cannot be open")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before, 2000), most))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))


def resident_kib(gateway: Gateway) -> int:
    status = Path(f"/proc/{gateway.program.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


def descriptors(gateway: Gateway) -> int:
    return len(list(Path(f"/proc/{gateway.program.process.pid}/fd").iterdir()))


@contextmanager
def bounded(gateway: Gateway, growth_kib: int = 64 * MB) -> Iterator[None]:
    """Memory grows by less than that, and the gateway still answers."""
    before = resident_kib(gateway)
    yield
    assert gateway.get("/cameras").status == 200
    assert resident_kib(gateway) - before < growth_kib


@pytest.mark.parametrize(
    "first", [b"", b"GET /cam", GET, b"POST /login HTTP/1.1\r\nContent-Length: 9\r\n"]
)
def test_a_thousand_connections_left_alone(
    used: Gateway, first: bytes, many_descriptors: None
) -> None:
    before = descriptors(used)
    with ExitStack() as stack, bounded(used):
        for number in range(1000):
            stack.enter_context(connect(used, first))
            if number % 250 == 249:
                assert used.get("/cameras").status == 200
        wait_until(lambda: descriptors(used) - before < 300, what="the oldest to be closed")
        assert used.get("/cameras").json["cameras"][0]["name"] == "cam0"
    wait_until(lambda: descriptors(used) - before < 20, what="all to be closed")


def test_nobody_waits_long_for_a_request(used: Gateway) -> None:
    head = _post(b"Content-Length: 100\r\n\r\n{")
    with (
        connect(used) as silent,
        connect(used, GET) as half,
        connect(used, head) as half_a_body,
        connect(used, GET + b"\r\n") as whole,  # answered, and then nothing more
    ):
        assert answer(half_a_body).startswith(b"HTTP/1.1 408 ")
        assert answer(silent) == b""
        assert answer(half).startswith(b"HTTP/1.1 408 ")
        assert answer(whole).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (lambda: GET + b"X: " + b"x" * 10_000_000 + b"\r\n\r\n", b"431"),
        (lambda: GET + b"X: x\r\n" * 100_000 + b"\r\n", b"431"),
        (lambda: GET + b"".join(b"X%d: %s\r\n" % (n, b"x" * 1000) for n in range(90)), b"431"),
        (lambda: b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (lambda: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 10 + b"\n", b"400"),
        (lambda: b"GET / HTTP/9.9\r\n\r\n", b"400"),
        (lambda: b"\0" * 100_000 + b"\n", b"414"),
        (lambda: GET + b"Content-Length: -1\r\n\r\n", b"400"),
        (lambda: GET + b"Content-Length: many\r\n\r\n", b"400"),
        (lambda: _post(b"Content-Length: 10000000000\r\n\r\n" + b"x" * 1_000_000), b"413"),
        (lambda: _post(b"Transfer-Encoding: chunked\r\n\r\n" + _chunks(1000)), b"4"),
        (lambda: _post(b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), b"400"),
    ],
)
def test_giant_and_broken_requests_are_refused(
    used: Gateway, request_: Callable[[], bytes], status: bytes
) -> None:
    with bounded(used):
        for _ in range(5):
            with connect(used) as connection:
                with suppress(BrokenPipeError, ConnectionResetError):  # it has heard enough
                    connection.sendall(request_())
                said = answer(connection)
                # a connection that ends while more is on its way may lose the answer
                assert said == b"" or said.startswith(b"HTTP/1.1 " + status), said[:200]


def _post(rest: bytes) -> bytes:
    head = b"POST /cameras/cam0/control HTTP/1.1\r\nHost: localhost\r\n"
    return head + b"Content-Type: application/json\r\n" + rest


def _chunks(count: int) -> bytes:
    return (b"3e8\r\n" + b"x" * 1000 + b"\r\n") * count


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/%2e%2e/settings.py",
        "/static/..%5c..%5capp.py",
        "/static//etc/passwd",
        "/theme/../../../../etc/passwd",
        "//etc/passwd",
        "/cameras/..%2f..%2fetc%2fpasswd/snapshot.jpg",
        "/cameras/cam0%00/snapshot.jpg",
    ],
)
def test_no_path_leads_out(used: Gateway, path: str) -> None:
    with connect(used, f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode()) as connection:
        said = answer(connection)
    assert re.match(rb"HTTP/1\.[01] (404|308|400) ", said), said[:200]
    assert b"root:" not in said
    assert b"import" not in said


def test_nothing_of_that_fills_the_log(used: Gateway) -> None:
    with bounded(used):
        for _ in range(200):
            with connect(used, b"nonsense\r\n\r\n") as connection:
                assert answer(connection).startswith(b"HTTP/1.1 400 ")
    assert len(used.program.output()) < 20_000
    assert "Traceback" not in used.program.output()
