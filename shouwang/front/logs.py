"""Logs that carry ids and no names: one line of JSON an event; messages of libraries and of exceptions are scrubbed before they are written."""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

Event = MutableMapping[str, Any]
_NUMBER = re.compile(r"\d{5,}")
_NAME = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]{2,}")
_MAIL = re.compile(r"[^\s@'\"]+@[^\s@'\"]+")
_WORD = re.compile(r"(/login/invitation/)[^/\s'\"?]+")
_QUERY = re.compile(r"\?[^\s'\"]*")
_SECRET = re.compile(
    r"(?i)((?:password|secret|token|ticket|code|authorization|cookie|key)['\"]?\s*[=:]\s*)['\"]?(?:(?:Bearer|Basic)\s+)?[^\s,'\"&}]+"
)
KEPT = frozenset(
    {"event", "level", "logger", "timestamp", "request_id", "account", "method", "route", "status", "ms", "where", "kind", "ability"}
)


def scrub(text: str) -> str:
    """What may name somebody goes: long numbers, Chinese words of two signs and more, addresses, query strings, whatever is called a secret."""
    for pattern, instead in ((_WORD, r"\1…"), (_SECRET, r"\1…"), (_MAIL, "…@…"), (_QUERY, "?…"), (_NUMBER, "#"), (_NAME, "…")):
        text = pattern.sub(instead, text)
    return text[:2000]


def _scrubbed(logger: Any, name: str, event: Event) -> Event:
    for key, value in list(event.items()):
        if key.startswith("_") or key in ("request_id", "timestamp", "level", "account"):
            continue
        if isinstance(value, str):
            event[key] = scrub(value)
        elif key not in KEPT and not isinstance(value, int | float | bool):
            event[key] = type(value).__name__
    return event


def _where(logger: Any, name: str, event: Event) -> Event:
    """An exception as the places it went through and its kind; its message only scrubbed, local values never."""
    raised = event.pop("exc_info", None)
    record = event.get("_record")
    raised = raised or (record.exc_info if record is not None else None)
    if raised is True:
        raised = sys.exc_info()
    if isinstance(raised, BaseException):
        raised = (type(raised), raised, raised.__traceback__)
    if raised and raised[1] is not None:
        frames = traceback.extract_tb(raised[2])[-12:]
        event["where"] = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames))
        event["kind"] = raised[0].__name__
        event["said"] = str(raised[1])
    if record is not None:
        record.exc_info = record.exc_text = None
    return event


def _route(logger: Any, name: str, event: Event) -> Event:
    """Django's own lines name the address that was asked for; the route says as much and names nobody."""
    record = event.get("_record")
    request = getattr(record, "request", None)
    if record is not None and request is not None:
        match = getattr(request, "resolver_match", None)
        event["event"] = record.msg.partition(":")[0].partition("%s")[0].strip() or "request"
        event["route"] = match.route if match else ""
    return event


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
CHAIN: list[Any] = [_route, _where, structlog.stdlib.ProcessorFormatter.remove_processors_meta, _scrubbed]


def formatter(json: bool) -> logging.Formatter:
    """Set by LOGGING: the same chain for our events and for those of libraries."""
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False) if json else structlog.dev.ConsoleRenderer(colors=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*SHARED, structlog.stdlib.ExtraAdder(["request_id", "account", "ability"])], processors=[*CHAIN, renderer]
    )


def configure() -> None:
    """Our events go through the standard library's handlers, like everybody's."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
