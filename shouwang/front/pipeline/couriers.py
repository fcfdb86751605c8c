"""The lanes that hand messages over: two threads a channel, one for what is urgent and one for the digests.

They live in the worker's own process, beside its clusters: a hand-over needs no queue's poll, a channel that does not answer holds up
nobody else, and ten thousand routine messages stand in a lane of their own. What a kill leaves in hand is free after a short lease.
"""

import logging
import threading
import time
from dataclasses import dataclass, field

from django.db import DatabaseError, close_old_connections, connection

from shouwang.front import clock
from shouwang.work.notifications import actions, channels

logger = logging.getLogger(__name__)
PAUSE = 0.3  # seconds between two looks; the look is one indexed read
AFTER_TROUBLE = 3.0
URGENT, ROUTINE = (0, 1), (2,)


@dataclass
class Lane:
    """One channel's urgent or routine hand-overs, until told to stop."""

    channel: str
    ranks: tuple[int, ...]
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.stopping.is_set():
            wait = PAUSE
            try:
                close_old_connections()
                if actions.dispatch(now=clock.now(), channel=self.channel, ranks=self.ranks, between=connection.close):
                    wait = 0.0
            except DatabaseError:
                logger.exception("a lane stumbled", extra={"channel": self.channel})
                wait = AFTER_TROUBLE
            except Exception:  # a lane that dies would keep silent about everything that follows
                logger.exception("a lane stumbled", extra={"channel": self.channel})
                wait = AFTER_TROUBLE
            finally:
                connection.close()
            self.stopping.wait(wait)


class Couriers:
    """All lanes of the channels in use. `start` again after a fork; `stop` waits for what is in hand."""

    def __init__(self) -> None:
        self.lanes: list[tuple[Lane, threading.Thread]] = []

    def start(self) -> None:
        for code in channels.in_use():
            for ranks in (URGENT, ROUTINE):
                lane = Lane(code, ranks)
                thread = threading.Thread(target=lane.run, name=f"courier {code} {ranks[0]}", daemon=True)
                self.lanes.append((lane, thread))
                thread.start()

    def stop(self, patience: float = 10.0) -> None:
        for lane, _ in self.lanes:
            lane.stopping.set()
        until = time.monotonic() + patience
        for _, thread in self.lanes:
            thread.join(max(0.0, until - time.monotonic()))
        self.lanes.clear()
