"""What a service with a page can be told about who may see it, and how it is asked for."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from framebus.address import is_loopback
from framebus.command_line import Metavar
from framebus.options import words, written
from framebus.settings import ServiceSettings
from framebus_web.accounts import default_path
from framebus_web.hosts import check_name


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
HostNames = Annotated[
    list[Annotated[str, AfterValidator(check_name)]],
    NoDecode,
    BeforeValidator(words),
    Metavar("NAME"),
]


class WebSettings(ServiceSettings):
    """The same for every page, so that one file or environment serves all."""

    accounts: Path = Field(
        default_factory=default_path,
        description="file of accounts; as soon as somebody is in it, everybody has to log in",
    )
    allow_host: HostNames = Field(
        [],
        description="another host name by which the page is asked for; repeat it. Addresses, "
        "localhost and this machine's own names always are allowed, with accounts all names",
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

    def local(self, host: str) -> bool:
        """Whether nobody but this machine can reach a page that listens on ``host``."""
        return is_loopback(host) and not self.behind_proxy
