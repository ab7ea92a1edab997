"""What framebus-gateway can be told."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from framebus.command_line import Metavar
from framebus.options import Port, Quality
from framebus_web.settings import WebSettings

Host = Annotated[str, Metavar("ADDRESS")]
Page = Annotated[str, Field(pattern=r"^(https?://.+|:\d+)$"), Metavar("URL|:PORT")]


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
        description="the monitor's page, for a link to it; :8081 is that port of this machine, "
        "under the name by which a browser knows it",
    )
