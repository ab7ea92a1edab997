"""Looks for inputs that a parser does not bear, led by coverage, with Atheris.

    .venv/bin/pip install atheris
    .venv/bin/python -m tests.fuzz.run NAME [-runs=1000000] [libFuzzer's own options] [FOLDER]

NAME is one of `tests.fuzz.targets`; for all of them, one after the other, 1,000,000 inputs:

    for name in $(ls tests/fuzz/corpus); do
        .venv/bin/python -m tests.fuzz.run $name -runs=60000 || break
    done

It begins with what `tests.fuzz.inputs` has. What it finds on its way goes into FOLDER, if one is
given. An input that breaks something is written to ``crash-...``: mend what it shows, and put it
into ``tests/fuzz/corpus/NAME``, which `test_corpus` replays.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from pathlib import Path

import atheris

from tests.fuzz.inputs import inputs

OURS = ["framebus", "framebus_capture", "framebus_gateway", "framebus_monitor", "framebus_web"]
LIMITS = ["-timeout=5", "-rss_limit_mb=2048", "-max_len=4096"]  # s for an input, MB of the process

with atheris.instrument_imports(include=OURS):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Run the target that the command line names."""
    name, *options = sys.argv[1:]
    logging.disable()
    begin = Path(tempfile.mkdtemp(prefix="framebus-fuzz-"))
    for number, data in enumerate(inputs(name)):
        (begin / str(number)).write_bytes(data)
    folders = [option for option in options if not option.startswith("-")]
    flags = [option for option in options if option.startswith("-")]
    # new ones go into the first folder
    arguments = [sys.argv[0], *LIMITS, *flags, *folders, str(begin)]
    atheris.Setup(arguments, TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
