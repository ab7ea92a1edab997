"""What framebus-gateway can be told."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from framebus.address import is_loopback
from framebus.command_line import Metavar
from framebus.options import Port, Quality, written
from framebus.settings import ServiceSettings
from framebus_web.accounts import default_path


def _networks(value: Any) -> Any:
    """``"127.0.0.1,10.0.0.0/8"`` as networks."""
    if not isinstance(value, str):
        return value
    return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())


Networks = Annotated[
    tuple[IPv4Network | IPv6Network, ...],
    NoDecode,
    BeforeValidator(_networks),
    Metavar("ADDRESS[,ADDRESS]"),
]
Host = Annotated[str, Metavar("ADDRESS")]
Page = Annotated[str, Field(pattern=r"^(https?://.+|:\d+)$"), Metavar("URL|:PORT")]


class Settings(ServiceSettings):
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
    accounts: Path = Field(
        default_factory=default_path,
        description="file of accounts; as soon as somebody is in it, everybody has to log in",
    )
    tls_cert: Path | None = Field(
        None, description="serve https: file of the certificate with its chain, PEM"
    )
    tls_key: Path | None = Field(None, description="file of the certificate's key, PEM")
    behind_proxy: Networks = written(
        "",
        "addresses of proxies, e.g. 127.0.0.1 or 10.0.0.0/8, whose X-Forwarded-For, "
        "-Proto, -Host and -Prefix are believed",
    )
    insecure: bool = Field(
        False, description="serve other machines without asking who they are, until there are users"
    )

    @property
    def local(self) -> bool:
        """Whether nobody but this machine can reach it."""
        return is_loopback(self.host) and not self.behind_proxy
