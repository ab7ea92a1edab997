"""Inputs of each target: ``corpus/NAME/`` has those that somebody made, or that broke something.

``found.zip`` has those by which Atheris got further than before. To keep what it finds once more:
``python -m zipfile -c tests/fuzz/found.zip FOLDER/*``, with a folder for each target in FOLDER.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from zipfile import ZipFile

HERE = Path(__file__).parent


@cache
def made(name: str) -> list[bytes]:
    """Those of a target that somebody made, or that broke something."""
    return [path.read_bytes() for path in sorted((HERE / "corpus" / name).iterdir())]


@cache
def inputs(name: str) -> list[bytes]:
    """Those, and the ones that were found."""
    with ZipFile(HERE / "found.zip") as archive:
        files = [inside for inside in archive.namelist() if inside.startswith(f"{name}/")]
        return made(name) + [archive.read(inside) for inside in files if inside[-1] != "/"]
