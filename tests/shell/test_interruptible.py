"""Ctrl-C during work: the work is asked to stop, and is over when the caller goes on."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from coldb.interruptible import Interrupted, run_interruptibly


def press_ctrl_c(after: float) -> None:
    threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT)).start()


def test_result_and_error_come_through() -> None:
    assert run_interruptibly(lambda: 42, lambda: None) == 42
    with pytest.raises(ZeroDivisionError):
        run_interruptibly(lambda: 1 // 0, lambda: None)


def test_ctrl_c_stops_the_work() -> None:
    stop = threading.Event()

    def work() -> None:
        assert stop.wait(10)
        raise RuntimeError("stopped")

    press_ctrl_c(0.05)
    start = time.monotonic()
    with pytest.raises(Interrupted) as caught:
        run_interruptibly(work, stop.set)
    assert time.monotonic() - start < 8  # less than the work itself would wait
    assert not caught.value.finished


def test_work_that_finishes_all_the_same_is_said_to_have_finished() -> None:
    stop = threading.Event()
    press_ctrl_c(0.05)
    with pytest.raises(Interrupted) as caught:
        run_interruptibly(lambda: stop.wait(10), stop.set)
    assert caught.value.finished


def test_a_request_that_came_too_early_is_repeated() -> None:
    asked = []
    stop = threading.Event()

    def interrupt() -> None:
        asked.append(time.monotonic())
        if len(asked) > 2:
            stop.set()

    press_ctrl_c(0.05)
    with pytest.raises(Interrupted):
        run_interruptibly(lambda: stop.wait(10), interrupt)
    assert len(asked) > 2


def test_ctrl_c_means_what_it_did_before() -> None:
    handler = signal.getsignal(signal.SIGINT)
    run_interruptibly(lambda: None, lambda: None)
    assert signal.getsignal(signal.SIGINT) is handler


def test_waiting_is_told_how_long() -> None:
    told: list[float] = []
    run_interruptibly(lambda: time.sleep(0.35), lambda: None, told.append)
    assert len(told) >= 2
    assert told == sorted(told)
    assert 0 < told[0] < 10
