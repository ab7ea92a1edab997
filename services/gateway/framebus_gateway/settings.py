"""What framebus-gateway can be told."""

from __future__ import annotations

from pydantic import Field

from framebus.settings import ServiceSettings


class Settings(ServiceSettings):
    """framebus-gateway: shows the cameras of a bus in browsers."""

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="port to listen on; 0 chooses a free one")
    quality: int = Field(80, ge=1, le=100, description="quality of the JPEG that is made here")
    linger: float = Field(
        10.0, ge=0, le=3600, description="seconds to go on decoding after the last viewer left"
    )
    age_limit: float = Field(
        1.0, gt=0, le=60, description="seconds; frames that are older on arrival are dropped"
    )
    monitor: str | None = Field(
        None, pattern="^https?://", description="address of the monitor's page, for a link to it"
    )
    insecure: bool = Field(False, description="serve other machines without asking who they are")
