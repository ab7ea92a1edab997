"""What the pages of all services share: ``theme.css`` and ``theme.js``, to be served as they are.

A page links both in its head, ``theme.js`` as a plain script so that the chosen theme is there
before anything is painted.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
FILES = ("theme.css", "theme.js")
