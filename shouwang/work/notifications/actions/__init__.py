"""Saying something to people, handing it over, taking it. Everything that is said takes part in the caller's transaction."""

from shouwang.work.notifications.actions.sending import Note, send, send_many

__all__ = ["Note", "send", "send_many"]
