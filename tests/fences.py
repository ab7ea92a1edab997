"""The commands in the documentation, and what it says of those that tests do not run.

Before a fence may stand ``<!-- not run by tests: REASON -->``, for all of it, or with a command in
quotes, ``<!-- not run by tests: "make test", REASON -->``, for that one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

TREE = Path(__file__).parents[1]
_FENCE = re.compile(
    r"(?:^<!-- not run by tests: (?P<why>[^\n]+) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_NAMED = re.compile(r'"(.+)", ')


class Fence(NamedTuple):
    """A block of a page; ``left_out`` is a command of it that is not run, "" for all of them."""

    page: str
    line: int
    language: str
    text: str
    left_out: str | None

    def commands(self) -> Iterator[str]:
        """Those that tests run, comments taken off."""
        if self.left_out == "":
            return
        for line in self.text.replace("\\\n", " ").splitlines():
            command = re.sub(r"(^|\s+)# .*", "", line).strip()
            if command and command != self.left_out:
                yield command


def pages() -> list[Path]:
    """All pages of the documentation but results."""
    hidden = ("bench/results", ".venv", "build")
    return sorted(
        path
        for path in TREE.glob("**/*.md")
        if not str(path.relative_to(TREE)).startswith(hidden) and ".egg-info" not in str(path)
    )


def fences(*languages: str) -> list[Fence]:
    """The fences in these languages, page by page."""
    found = []
    for page in pages():
        text = page.read_text()
        for match in _FENCE.finditer(text):
            if match["language"] in languages:
                line = text.count("\n", 0, match.start("language")) + 1
                why = match["why"]
                named = _NAMED.match(why) if why else None
                left_out = None if why is None else named[1] if named else ""
                name = str(page.relative_to(TREE))
                found.append(Fence(name, line, match["language"], match["text"], left_out))
    return found
