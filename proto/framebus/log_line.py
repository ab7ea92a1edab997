"""What ``log/<service>/<instance>/`` says."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from framebus.credentials import hide
from framebus.fields import Fields, Word, checked
from framebus.messages import Message
from framebus.plain import plain

LONGEST = 3000  # bytes, so that the message stays under the bus's 4 KiB
LEVELS = ("debug", "info", "warning", "error", "critical")


class LogLine(Fields):
    """One line of some process's log.

    Attributes:
        level: one of `LEVELS`.
        logger: which part of it speaks.
        message: one line of text.
    """

    level: Literal["debug", "info", "warning", "error", "critical"]
    logger: Word = ""
    message: Annotated[str, Field(max_length=LONGEST), AfterValidator(plain), AfterValidator(hide)]


def parse(message: Message) -> LogLine:
    """The line in a log message; raises `EnvelopeError` if it is not a valid one."""
    return checked(LogLine, message.fields, "a log line")
