"""What framebus-console can be told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from framebus.command_line import Metavar
from framebus.settings import Name, ServiceSettings


class Settings(ServiceSettings):
    """framebus-console: a window that shows a camera and starts and stops its transmission."""

    camera: Name | None = Field(
        None, description="camera to show first (default: the first by name)"
    )
    language: Literal["en", "ko"] | None = Field(
        None, description="of all texts (default: as chosen in the window, else the system's)"
    )
    theme: Literal["light", "dark"] | None = Field(
        None, description="colours (default: as chosen in the window, else the system's)"
    )
    scale: float | None = Field(
        None, ge=0.5, le=5, description="size of all texts, 1 for 15 px (default: by the screen)"
    )
    full_screen: bool = Field(False, description="start with nothing but the picture, for showing")
    folder: Annotated[Path, Metavar("FOLDER")] | None = Field(
        None,
        description="where pictures, recordings and saved logs go (default: the user's folders)",
    )
    add_to_menu: bool = Field(
        False, description="put framebus-console into this user's menu of programs, and end"
    )
    remove_from_menu: bool = Field(False, description="undo --add-to-menu, and end")
