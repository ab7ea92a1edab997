"""Numbers in what network peers write."""

from __future__ import annotations


def decimal(text: str, most: int) -> int | None:
    """The number from 0 to ``most`` that a text is; None if it is none."""
    text = text.strip()
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(most)):
        return None
    return number if (number := int(text)) <= most else None
