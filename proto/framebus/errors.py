"""The errors that framebus raises on purpose, all under one base."""

from __future__ import annotations


class FramebusError(Exception):
    """Base of every error that framebus raises on purpose."""


class AddressError(FramebusError, ValueError):
    """A ``--bus`` address that cannot be understood or used."""


class BadName(FramebusError, ValueError):
    """A camera, rendition, service or instance name outside the pattern."""


class EnvelopeError(FramebusError, ValueError):
    """Bytes from the bus that are not a valid message; counted as ``corrupt``."""


class DecodeError(FramebusError, ValueError):
    """A payload whose picture cannot be decoded; counted as ``corrupt``."""


class NoSignal(FramebusError, TimeoutError):
    """No frame came within the time that the caller was ready to wait."""


class TooManyFiles(FramebusError, OSError):
    """This process has no descriptors left for what was asked; ``errno`` is EMFILE or ENFILE."""


class WrongProcess(FramebusError, RuntimeError):
    """A subscription was used in a child of the process that made it, by `os.fork`."""
