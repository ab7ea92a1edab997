"""``framebus-console``; where Qt cannot be loaded it says what to install."""

from __future__ import annotations

import sys

LIBRARIES = "libegl1 libgl1 libxkbcommon-x11-0 libxcb-cursor0"


def main() -> None:
    """Show the window, if there is all that it takes."""
    try:
        from framebus_console.main import main as show  # noqa: PLC0415  may lack Qt
    except ModuleNotFoundError as error:
        sys.exit(f"framebus-console: {error}: pip install PySide6-Essentials pyqtgraph")
    except ImportError as error:
        sys.exit(f"framebus-console: {error}: sudo apt install {LIBRARIES}")
    show()


if __name__ == "__main__":
    main()
