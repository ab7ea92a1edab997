"""What framebus-gateway can be told."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from framebus.command_line import Metavar
from framebus.options import Port, Quality
from framebus_web.settings import WebSettings

Host = Annotated[str, Metavar("ADDRESS")]


def _check_page(text: str) -> str:
    if not re.fullmatch(r"https?://\S+|/\S*|:\d{1,5}", text):
        raise ValueError("use an address, http://192.168.1.5:8081/, a path, /monitor/, or :8081")
    return text


Page = Annotated[str, AfterValidator(_check_page), Metavar("URL|/PATH|:PORT")]


class Settings(WebSettings):
    """framebus-gateway: shows the cameras of a bus in browsers.

    framebus-gateway user --help and framebus-gateway token --help tell of accounts.
    """

    host: Host = Field("127.0.0.1", description="address to listen on")
    port: Port = Field(8080, description="port to listen on; 0 chooses a free one")
    quality: Quality = Field(80, description="quality of the JPEG that is made here, 100 is best")
    linger: float = Field(
        10.0, ge=0, le=3600, description="seconds to go on decoding after the last viewer left"
    )
    age_limit: float = Field(
        1.0, gt=0, le=60, description="seconds; frames that are older on arrival are dropped"
    )
    monitor: Page | None = Field(
        None,
        description="the monitor's page, for a link to it: an address, or /monitor/ where a proxy "
        "has both; :8081 is that port by the name by which a browser came here, and by https "
        "if it did, which the monitor then has to speak",
    )
