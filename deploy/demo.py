"""Runs what the Procfile says until Ctrl-C, SIGTERM or the terminal's end, for `make demo`.

It is honcho but for the exit status: one that was told to stop and did has succeeded, where honcho
says 130, which make calls an error. And whatever ends it, nothing that it started goes on: honcho
itself breaks when it has to print to a terminal that is gone, and then waits for what it started.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys

from honcho.command import main
from honcho.manager import SIGNALS

if __name__ == "__main__":
    signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    try:
        main(["start"])
    except SystemExit as end:
        told_to = end.code in [known["rc"] for known in SIGNALS.values()]
        sys.exit(0 if told_to else end.code)
    finally:
        # none is left if all went well; the service of each is told by its --pdeathsig
        for left in multiprocessing.active_children():
            left.kill()
