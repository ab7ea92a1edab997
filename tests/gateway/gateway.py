"""A running gateway and requests to it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from email.message import Message
from typing import Any, NamedTuple

from tests.support import TIMEOUT_S, Program, wait_until

# what a test sends once may wait for its turn on a busy machine
PATIENT = ("--age-limit", "60")


class Answer(NamedTuple):
    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> dict:
        return json.loads(self.body)


class Gateway:
    """A running gateway, and requests to it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.url = program.wait_for(r"open (https?://\S+)/")[1]
        self.host = self.url.split("//")[1]

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, None, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        """Send ``body`` as JSON; the header ``Content_Type`` is sent as ``Content-Type``."""
        json_type = {"Content_Type": "application/json"}
        return self.send("POST", path, json.dumps(body).encode(), **json_type | headers)

    def send(self, method: str, path: str, body: bytes | None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, body, named, method=method)
        try:
            # not urlopen: its opener keeps the certificates of the first time (Python 3.13)
            with urllib.request.build_opener().open(request, timeout=TIMEOUT_S) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def command(self, camera: str, fields: dict[str, Any], **headers: str) -> Answer:
        """Send a command; one to a camera that is silent at the moment is sent when it speaks."""

        def answered() -> Answer | None:
            answer = self.post(f"/cameras/{camera}/control", fields, **headers)
            return answer if answer.status != 503 else None

        return wait_until(answered, what=f"{camera} to be there")

    def snapshot(self, camera: str = "cam0") -> Answer:
        """A picture, as soon as one comes in time."""

        def taken() -> Answer | None:
            answer = self.get(f"/cameras/{camera}/snapshot.jpg")
            return answer if answer.status == 200 else None

        return wait_until(taken, what=f"a picture of {camera}")

    def camera(self, name: str, **wanted: object) -> dict | None:
        """Its entry, if it is listed and has these values."""
        cameras = self.get("/cameras").json["cameras"]
        found = next((entry for entry in cameras if entry["name"] == name), None)
        return found if found and found.items() >= wanted.items() else None

    def await_camera(self, name: str = "cam0", **wanted: object) -> dict:
        wanted = {"streaming": True} | wanted
        return wait_until(lambda: self.camera(name, **wanted), what=f"{name} in /cameras")
