"""Work that Ctrl-C cancels without tearing down the thread that does it.

Python delivers Ctrl-C to the main thread only. So the work runs in a thread of its own, the main
thread waits, and on Ctrl-C asks the work to stop and goes on waiting until it has.
"""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

__all__ = ["Interrupted", "run_interruptibly"]

T = TypeVar("T")

SECONDS_BETWEEN_REQUESTS = 0.1


class Interrupted(KeyboardInterrupt):
    """Ctrl-C was pressed during the work. `finished`: it was done before it could be cancelled."""

    def __init__(self, finished: bool) -> None:
        super().__init__("done before it could be cancelled" if finished else "cancelled")
        self.finished = finished


class _Task(Generic[T]):
    """Runs the work in a thread and keeps what became of it."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._result: T
        self.error: BaseException | None = None
        self.done = threading.Event()
        threading.Thread(target=self._run, name="coldb-statement", daemon=True).start()

    def _run(self) -> None:
        try:
            self._result = self._work()
        except BaseException as error:
            self.error = error
        finally:
            self.done.set()

    def result(self) -> T:
        if self.error is not None:
            raise self.error
        return self._result


def run_interruptibly(
    work: Callable[[], T],
    interrupt: Callable[[], None],
    waiting: Callable[[float], None] = lambda _seconds: None,
) -> T:
    """The result of `work()`, or its error. On Ctrl-C `interrupt()` must make it stop soon.

    `waiting` is called now and then with the seconds so far, in the thread of the caller.
    Raises Interrupted once the work has stopped, so nothing of it goes on behind the caller's back.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    pressed = False

    def on_press(_signal: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        interrupt()

    previous = signal.signal(signal.SIGINT, on_press)
    try:
        task = _Task(work)
        start = time.monotonic()
        while not task.done.wait(SECONDS_BETWEEN_REQUESTS):
            if pressed:  # asked again: the first request may have come before the work began
                interrupt()
            waiting(time.monotonic() - start)
    finally:
        signal.signal(signal.SIGINT, previous)
    if pressed:
        raise Interrupted(finished=task.error is None)
    return task.result()
