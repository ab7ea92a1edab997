"""What hypothesis draws for the protocol's tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from framebus.envelope import VideoHeader

TIMES = st.integers(0, 2**63 - 1)
NAMES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,31}", fullmatch=True)
HOPS = st.lists(st.tuples(NAMES, TIMES, TIMES), max_size=5)

# what msgpack can carry, with the keys of the header among others
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=40)
    | st.binary(max_size=40)
)


def _values(keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        _SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=8,
    )


TEXT_KEYED = _values(st.text(max_size=8))
VALUES = _values(st.text(max_size=8) | st.integers(0, 9))


@st.composite
def frames(draw: st.DrawFn) -> tuple[VideoHeader, list[bytes]]:
    """A valid header and the payload that fits it."""
    codec = draw(st.sampled_from(["h264", "jpeg", "raw"]))
    header = VideoHeader(
        camera=draw(NAMES),
        rendition=draw(NAMES),
        epoch=draw(st.integers(0, 2**64 - 1)),
        seq=draw(TIMES),
        captured=draw(TIMES),
        codec=codec,
        keyframe=draw(st.booleans()) or codec == "jpeg",
        width=draw(st.integers(1, 16 if codec == "raw" else 16384)),
        height=draw(st.integers(1, 16 if codec == "raw" else 16384)),
        hops=draw(HOPS),
        sent=draw(st.none() | TIMES),
        sender=draw(st.none() | st.integers(0, 2**64 - 1)),
    )
    if codec != "raw":
        return header, [draw(st.binary(min_size=1, max_size=50))]
    header.full_range = draw(st.booleans())
    header.pixel_format = draw(st.sampled_from(["yuv420p", "bgr24"]))
    half = ((header.width + 1) // 2, (header.height + 1) // 2)
    sides = [(3 * header.width, header.height)]
    if header.pixel_format == "yuv420p":
        sides = [(header.width, header.height), half, half]
    header.strides = tuple(row + draw(st.integers(0, 5)) for row, _ in sides)
    rows = [height for _, height in sides]
    return header, [bytes(s * r) for s, r in zip(header.strides, rows, strict=True)]
