"""Every text of the console is translated, and what is shipped is what was translated."""

from __future__ import annotations

import ast
import itertools
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

import framebus_capture
import framebus_console
from framebus import causes

PACKAGE = Path(framebus_console.__file__).parent
SOURCE = PACKAGE / "translations" / "framebus_ko.ts"
CAPTURE = Path(framebus_capture.__file__).parent
REASONS = ("SourceError", "BadMessage", "Refused")
PROGRAMS = Path(sys.executable).parent


def translated() -> dict[tuple[str, str], str]:
    found = {}
    for context in ET.parse(SOURCE).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            assert translation.get("type") is None, message.findtext("source")
            key = context.findtext("name"), message.findtext("source")
            found[key] = translation.text
    return found


def said() -> Iterator[tuple[str, str]]:
    """Context and text of every call of tr, translate and QT_TRANSLATE_NOOP."""
    for file in PACKAGE.glob("*.py"):
        for top in ast.parse(file.read_text()).body:
            for call in ast.walk(top):
                if not isinstance(call, ast.Call):
                    continue
                name = getattr(call.func, "attr", getattr(call.func, "id", ""))
                texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
                if name == "tr" and isinstance(top, ast.ClassDef):
                    yield top.name, *texts
                elif name in ("translate", "QT_TRANSLATE_NOOP") and len(texts) == 2:
                    yield tuple(texts)


def test_every_text_has_its_translation() -> None:
    known, texts = translated(), set(said())
    assert len(texts) > 100
    assert texts <= set(known), f"make texts, and translate: {texts - set(known)}"
    assert {text for context, text in known if context == "Cause"} == set(causes.CAUSES)


def reasons() -> Iterator[str]:
    """Why a capture sends nothing or refuses something, with %1 for what differs."""
    for file in CAPTURE.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text())):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in REASONS:
                yield _text(call.args[0])


def _text(said: ast.expr) -> str:
    parts, number = [], itertools.count(1)
    for part in said.values if isinstance(said, ast.JoinedStr) else [said]:
        parts.append(part.value if isinstance(part, ast.Constant) else f"%{next(number)}")
    return re.sub(r"(%\d)%\d", r"\1", "".join(parts))  # a value and its unit are one


def test_every_reason_of_a_capture_is_translated() -> None:
    texts = {text for text in reasons() if re.search("[a-z]", text)}
    assert len(texts) > 15
    known = {text for context, text in translated() if context == "Reason"}
    assert texts <= known, f"add to framebus_console/texts.py: {texts - known}"


def test_placeholders_are_kept() -> None:
    for (_, text), translation in translated().items():
        assert sorted(re.findall(r"%\d", text)) == sorted(re.findall(r"%\d", translation))


@pytest.mark.usefixtures("qt")
def test_what_is_shipped_is_what_was_translated(tmp_path: Path) -> None:
    made = tmp_path / "framebus_ko.qm"
    command = [PROGRAMS / "pyside6-lrelease", SOURCE, "-qm", made]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert made.read_bytes() == SOURCE.with_suffix(".qm").read_bytes(), "make texts"
