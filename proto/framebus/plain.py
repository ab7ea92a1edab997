"""Text from elsewhere without what a terminal or a log would obey rather than show."""

from __future__ import annotations

REPLACED = "\ufffd"  # REPLACEMENT CHARACTER (Unicode, 23.8)


def plain(text: str) -> str:
    """The text in one line, with each control character, line break and bidi mark replaced.

    What remains is what Python calls printable: neither of Unicode's categories "other" (controls
    of C0 and C1, formats, surrogates) nor a separator except the space. The length stays.
    """
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else REPLACED for character in text)
