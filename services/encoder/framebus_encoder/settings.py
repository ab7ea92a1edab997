"""What framebus-encoder can be told."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode

from framebus import options, topics
from framebus.command_line import Metavar
from framebus.options import Bitrate, EncoderChoice, MinBitrate, Size, written
from framebus.settings import ServiceSettings

INPUT = "raw"


class Rendition(NamedTuple):
    """What to make: under which name, how large (px; None: as the camera), with how many bit/s."""

    name: str
    size: tuple[int, int] | None = None
    bitrate: int | None = None


def _split(value: Any) -> list[Any]:
    return [
        part
        for entry in options.entries(value)
        for part in ([entry] if isinstance(entry, Rendition) else _parts(entry))
    ]


def _parts(entry: Any) -> list[str]:
    return [part.strip() for part in str(entry).split(",")]


def _cameras(value: Any) -> list[str]:
    return list(dict.fromkeys(topics.check_name(name, "camera") for name in _split(value)))


def _renditions(value: Any) -> list[Rendition]:
    found = [_rendition(entry) for entry in _split(value)]
    names = [rendition.name for rendition in found]
    if not found or len(set(names)) != len(names):
        raise ValueError(f"{', '.join(names) or 'nothing'}: give one or more, each name once")
    return found


def _rendition(entry: Any) -> Rendition:
    if isinstance(entry, Rendition):
        return entry
    name, *parts = str(entry).split(":")
    if topics.check_name(name, "rendition") == INPUT:
        raise ValueError(f"{INPUT} is what is encoded, give what is made another name: h264")
    sizes = [option for option in parts if "x" in option or "×" in option]
    rates = [option for option in parts if option not in sizes]
    if len(sizes) > 1 or len(rates) > 1:
        raise ValueError(
            f"{entry!r}: give NAME[:SIZE][:BITRATE], for example h264-low:640x360:600k"
        )
    size, rate = next(iter(sizes), None), next(iter(rates), None)
    return Rendition(name, options.size(size), options.bitrate(rate) if rate else None)


class Settings(ServiceSettings):
    """framebus-encoder: makes H.264 of cameras that publish raw, while somebody watches."""

    camera: Annotated[list[str], NoDecode, BeforeValidator(_cameras), Metavar("NAME[,NAME]")] = (
        Field(
            [], description="cameras to encode, separated by commas (default: all that publish raw)"
        )
    )
    rendition: Annotated[
        list[Rendition], NoDecode, BeforeValidator(_renditions), Metavar("NAME[:SIZE][:RATE]")
    ] = written(
        "h264",
        "what to make, several separated by commas or by repeating the option: "
        "h264,h264-low:640x360:600k",
    )
    size: Annotated[Size | None, NoDecode, BeforeValidator(options.size)] = Field(
        None, description="pixels of renditions that name none (default: the camera's)"
    )
    bitrate: Bitrate = written("4M", "most bit/s of renditions that name none, for example 600k")
    min_bitrate: MinBitrate = options.min_bitrate()
    encoder: EncoderChoice = "auto"
    linger: float = Field(
        3.0, ge=0, le=3600, description="seconds to go on encoding after the last viewer left"
    )
    age_limit: float = Field(
        1.0, gt=0, le=60, description="seconds; frames that are older are not encoded"
    )

    @model_validator(mode="after")
    def _complete(self) -> Settings:
        """Give each rendition the size and the bitrate that it does not name itself."""
        self.rendition = [
            Rendition(name, size or self.size, bitrate or self.bitrate)
            for name, size, bitrate in self.rendition
        ]
        return self
