"""The pictures of the window, without a window."""

from __future__ import annotations

import logging
import os
import resource

import pytest

from tests.support import wait_until


def test_it_goes_on_after_a_time_in_which_nothing_could_be_opened(
    qt: None, chain: str, caplog: pytest.LogCaptureFixture
):
    from PySide6.QtCore import QSize

    from framebus_console.preview import Preview, View

    preview = Preview(chain)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        with caplog.at_level(logging.WARNING, "framebus_console.preview"):
            used = len(os.listdir("/proc/self/fd"))
            resource.setrlimit(resource.RLIMIT_NOFILE, (used + 5, hard))
            preview.watch(View("cam0", "h264"), QSize(160, 120))
            wait_until(lambda: "too many open files" in caplog.text, what="a word of it")
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        wait_until(preview.take, what="a picture")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        preview.close()
