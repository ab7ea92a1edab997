"""``framebus-console``; where Qt cannot be loaded it says what to install."""

from __future__ import annotations

import sys

from framebus.settings import load
from framebus_console.libraries import INSTALL
from framebus_console.settings import Settings

PROGRAM = "framebus-console"


def main() -> None:
    """Show the window, if there is all that it takes."""
    settings = load(Settings, PROGRAM)
    try:
        from framebus_console.main import main as show  # noqa: PLC0415  may lack Qt
    except ModuleNotFoundError as error:
        sys.exit(f"{PROGRAM}: {error}: pip install PySide6-Essentials pyqtgraph")
    except ImportError as error:
        sys.exit(f"{PROGRAM}: {error}: {INSTALL}")
    show(settings)


if __name__ == "__main__":
    main()
