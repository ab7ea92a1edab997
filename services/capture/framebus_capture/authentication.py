"""Answers to a server that asks who we are: digest (RFC 7616), or basic (RFC 7617)."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterable

# an empty value and one without quotation marks, too: cameras write them
FIELD = re.compile(r'([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]*))')
HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


class Authentication:
    """One user's, towards one server."""

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password
        self._digest: dict[str, str] = {}
        self._basic = False
        self._count = 0

    def take(self, challenges: Iterable[str]) -> bool:
        """Take what the server wants; False if that cannot be given.

        Of several ways the safest is taken: the password itself is sent only if there is no other.
        """
        self._basic, offered = False, {}
        for challenge in challenges:
            scheme, _, rest = challenge.strip().partition(" ")
            if scheme.lower() == "basic":
                self._basic = True
            elif scheme.lower() == "digest":
                fields = {
                    name.lower(): re.sub(r"\\(.)", r"\1", quoted) or plain
                    for name, quoted, plain in FIELD.findall(rest)
                }
                if fields.get("nonce"):
                    offered[fields.get("algorithm", "MD5").upper()] = fields
        self._digest = next((offered[name] for name in ("SHA-256", "MD5") if name in offered), {})
        self._count = 0
        known = bool(self._digest) or self._basic
        return bool(self._user or self._password) and known

    @property
    def given(self) -> bool:
        """Whether there is anything to answer with."""
        return bool(self._user or self._password)

    def header(self, method: str, uri: str) -> str | None:
        """What stands behind ``Authorization:``; None if the server asked for nothing."""
        if self._digest:
            return self._digest_header(method, uri)
        if self._basic:
            plain = f"{self._user}:{self._password}".encode()
            return f"Basic {base64.b64encode(plain).decode()}"
        return None

    def _digest_header(self, method: str, uri: str) -> str:
        asked = self._digest
        name = asked.get("algorithm", "MD5").upper()

        def hashed(*parts: str) -> str:
            return HASHES[name](":".join(parts).encode()).hexdigest()

        realm, nonce = asked.get("realm", ""), asked["nonce"]
        secret = hashed(self._user, realm, self._password)
        fields = {"username": self._user, "realm": realm, "nonce": nonce, "uri": uri}
        plain = {}
        if "auth" in [part.strip() for part in asked.get("qop", "").split(",")]:
            self._count += 1
            plain = {"qop": "auth", "nc": f"{self._count:08x}"}
            fields["cnonce"] = os.urandom(8).hex()
            middle = (plain["nc"], fields["cnonce"], "auth")
            fields["response"] = hashed(secret, nonce, *middle, hashed(method, uri))
        else:
            fields["response"] = hashed(secret, nonce, hashed(method, uri))
        if "opaque" in asked:
            fields["opaque"] = asked["opaque"]
        if "algorithm" in asked:
            plain["algorithm"] = asked["algorithm"]
        quoted = [f'{key}="{value}"' for key, value in fields.items()]
        return "Digest " + ", ".join([*quoted, *(f"{key}={value}" for key, value in plain.items())])
