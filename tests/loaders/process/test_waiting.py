"""A wait that lasts is a line of the log; one that does not is none."""

from __future__ import annotations

import logging
import time

import pytest

from loaders.process import waiting
from loaders.process.waiting import announcing_wait


def test_only_a_wait_that_lasts_is_announced(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "AFTER", 0.05)
    with caplog.at_level(logging.WARNING):
        with announcing_wait("a lock is held", 3):
            pass
        time.sleep(0.1)
        assert caplog.messages == []
        with announcing_wait("a lock is held", 2.5):
            time.sleep(0.2)
    assert caplog.messages == ["a lock is held: waiting for up to 2.5 s"]
