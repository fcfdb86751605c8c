"""Starting, stopping and moving time limits. All take part in the caller's transaction; `watch` is the tick's.

`by`: a reader, an account id, or None for the platform itself.
"""

from shouwang.work.deadlines.actions.moving import follow, place
from shouwang.work.deadlines.actions.running import Actor, CannotSet, cancel, change, meet, pause, rehand, resume, start
from shouwang.work.deadlines.actions.watching import Watched, watch

__all__ = ["Actor", "CannotSet", "Watched", "cancel", "change", "follow", "meet", "pause", "place", "rehand", "resume", "start", "watch"]
