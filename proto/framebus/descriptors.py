"""Whether this process may still open what it is about to need.

libzmq ends the process when it gets no descriptor for an epoll instance, so this is asked before.
"""

from __future__ import annotations

import errno
import os
import resource

from framebus.errors import TooManyFiles

CONNECTION = 24
"""What one connection to the bus takes: a subscription holds 15, and a few more at first."""


def need(count: int, what: str) -> None:
    """Raise `TooManyFiles` if not so many descriptors are free now; ``what`` wants them."""
    held: list[int] = []
    try:
        held.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
        held.extend(os.dup(held[0]) for _ in range(count - 1))
    except OSError as error:
        if error.errno not in (errno.EMFILE, errno.ENFILE):
            raise
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        raise TooManyFiles(
            error.errno,
            f"too many open files for {what}, which needs {count} more: this process may have "
            f"{limit}; close what is not used, or raise the limit (ulimit -n)",
        ) from error
    finally:
        for descriptor in held:
            os.close(descriptor)
