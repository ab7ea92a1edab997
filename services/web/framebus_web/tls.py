"""The certificate for https, read again when it was renewed."""

from __future__ import annotations

import logging
from pathlib import Path

from gevent import ssl

log = logging.getLogger(__name__)


class Certificate:
    """Certificate and key, and the context that serves them to new connections."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Raises `ValueError` naming the option whose file is of no use, and why."""
        self._certificate, self._key = certificate, key
        for option, file in (("--tls-cert", certificate), ("--tls-key", key)):
            try:
                file.read_bytes()
            except OSError as error:
                raise ValueError(f"{option} {file}: cannot be read: {error.strerror}") from error
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._loaded = self._changed()
        self._load()

    def refresh(self) -> None:
        """Load the files again if they have changed; what cannot be used changes nothing."""
        changed = self._changed()
        if changed in (self._loaded, None):
            return
        self._loaded = changed
        try:
            self._load()
            log.info("the certificate in %s was renewed", self._certificate)
        except ValueError as error:
            log.error("%s; the certificate before it stays in use", error)

    def _load(self) -> None:
        try:
            # a pass phrase would be asked on a terminal that a service has not
            self.context.load_cert_chain(self._certificate, self._key, password=_none)
        except ssl.SSLError as error:
            why = "they do not belong together" if "MISMATCH" in str(error) else "no PEM, or locked"
            raise ValueError(
                f"--tls-cert {self._certificate}, --tls-key {self._key}: {why} ({error.reason}); "
                "give a certificate with its chain and its key without a pass phrase, both in PEM"
            ) from error

    def _changed(self) -> tuple[int, int] | None:
        try:
            return self._certificate.stat().st_mtime_ns, self._key.stat().st_mtime_ns
        except OSError:
            return None  # about to be replaced


def _none() -> str:
    return ""
