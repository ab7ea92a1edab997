"""An alert as it is told: that something began, or that it is over."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel


class Event(BaseModel):
    """What the log, webhooks and the command are told.

    Attributes:
        alert: the kind: ``no-signal``, ``loss``, ``age``, ``temperature``, ``power``, ``disk``,
            ``clock``, ``quiet``, ``bus`` or ``unexplained``.
        subject: whose: a camera, or ``SERVICE/INSTANCE``.
        state: whether it began or is over.
        text: one line for people.
        since: when it began, ISO 8601 in UTC.
        at: when this was said.
    """

    alert: str
    subject: str
    state: Literal["raised", "cleared"]
    text: str
    since: str
    at: str

    def as_json_texts(self) -> dict[str, str]:
        """Each field as it stands between the quotation marks of a JSON string."""
        return {name: json.dumps(value)[1:-1] for name, value in self.model_dump().items()}


def moment(unix_s: float) -> str:
    """A time as events tell it."""
    return datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="seconds")


EXAMPLE = Event(
    alert="loss",
    subject="cam0",
    state="raised",
    text='cam0 loses "12 %" of its frames',
    since=moment(0),
    at=moment(0),
)
