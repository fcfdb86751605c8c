"""Tiers, moments and words as tables. No database, no clock, no network."""

import string
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from importlib import resources
from typing import Literal

from shouwang.common.states import Table

Tier = Literal["routine", "important", "crisis"]
AtOnce = bool | Literal["awake"]
RANKS: dict[str, int] = {"crisis": 0, "important": 1, "routine": 2}
TIERS = {"crisis": ("紧急", "Crisis"), "important": ("重要", "Important"), "routine": ("日常", "Routine")}

# What a text may carry besides its own words. Never who it is about, never what happened: that stands behind the link.
NEUTRAL = frozenset(
    {
        "count", "new", "worse", "again", "hours", "days", "number", "step",
        "moment", "day", "until", "since",
        "unit", "room", "place", "role", "person", "notice", "title", "table",
    }
)  # fmt: skip
LONGEST_WORD = 80

# A crisis message that nobody takes comes again after these waits; the last one goes on.
REPEATS = (timedelta(minutes=2), timedelta(minutes=3), timedelta(minutes=5), timedelta(minutes=10))
# What a channel could not take is tried again after these waits; then another channel is asked.
RETRIES: dict[int, tuple[timedelta, ...]] = {
    0: tuple(timedelta(seconds=n) for n in (5, 15, 30, 60, 120)),
    1: tuple(timedelta(seconds=n) for n in (30, 120, 600)),
    2: tuple(timedelta(minutes=n) for n in (5, 30, 120)),
}
LEASE = timedelta(seconds=20)  # longer than any channel may take; what a killed worker held is free after it
BATCH = 16  # claimed at once by one lane and handed over side by side, so that a slow gateway costs its patience once
PATIENCE = 4  # seconds a gateway has to answer one question; a hand-over asks three at most

DIGEST_AT = time(16, 30)
QUIET_FROM, QUIET_UNTIL = time(22, 0), time(7, 0)
LONGEST_QUIET = timedelta(hours=12)

# What may become of a delivery. "handing" belongs to whoever claimed it.
DELIVERY = Table(
    "delivery",
    ("这次发送", "The delivery"),
    {
        "waiting": ("等待发出", "Waits"), "handing": ("正在发出", "Being handed over"), "handed": ("已发出", "Handed over"),
        "failed": ("没有发出", "Failed"), "dropped": ("不再需要", "Not needed any more"), "returned": ("回执已收", "Slip is back"),
    },
    {
        ("new", "write"): "waiting",
        ("waiting", "claim"): "handing",
        ("handing", "release"): "waiting",  # whoever claimed it died
        ("handing", "deliver"): "handed",
        ("handing", "again"): "waiting",
        ("handing", "give_up"): "failed",
        ("handing", "let_go"): "dropped",  # taken while it was in hand
        ("waiting", "drop"): "dropped",
        ("waiting", "print"): "handed",
        ("handed", "return"): "returned",
    },
    {
        "write": ("room",), "claim": ("worker",), "release": ("worker",), "deliver": ("worker",), "again": ("worker",),
        "give_up": ("worker",), "let_go": ("worker",), "drop": ("reader", "worker"), "print": ("office",), "return": ("office",),
    },
    {
        "write": ("写入发件箱", "write it"), "claim": ("认领", "claim it"), "release": ("放回", "release it"), "deliver": ("发出", "hand it over"),
        "again": ("稍后重试", "try again"), "give_up": ("改用其他渠道", "give it up"), "let_go": ("发送中已有人处理，不再重试", "let it go"),
        "drop": ("已被确认，不再发", "drop it"),
        "print": ("打印", "print it"), "return": ("登记回执", "note the slip"),
    },
    {
        "room": ("提出通知的房间", "The room that tells"), "worker": ("系统", "The worker"),
        "reader": ("已读或已确认的人", "Whoever read it"), "office": ("打印纸质通知的部门", "The office that prints"),
    },
)  # fmt: skip
# What one person has done with a message, read from its moments.
RECEIPT = Table(
    "receipt",
    ("这条通知", "The notice"),
    {"told": ("已通知", "Told"), "read": ("已读", "Read"), "acknowledged": ("已确认", "Acknowledged")},
    {
        ("new", "tell"): "told",
        ("told", "read"): "read",
        ("told", "acknowledge"): "acknowledged",
        ("read", "acknowledge"): "acknowledged",
    },
    {"tell": ("room",), "read": ("reader",), "acknowledge": ("reader",)},
    {"tell": ("通知", "tell"), "read": ("打开", "read it"), "acknowledge": ("确认", "acknowledge it")},
    {"room": ("提出通知的房间", "The room that tells"), "reader": ("收到的人", "Whoever was told")},
)
TABLES = (DELIVERY, RECEIPT)


@dataclass(frozen=True, slots=True)
class Wording:
    """One kind of message, with its placeholders."""

    kind: str
    title: str
    title_en: str
    body: str
    body_en: str
    asks: bool = False

    @property
    def words(self) -> frozenset[str]:
        return placeholders(self.title, self.body, self.title_en, self.body_en)

    def say(self, words: Mapping[str, str | int]) -> tuple[str, str, str, str]:
        """Title and body in Chinese, title and body in English. UnknownWords when a word is missing, not neutral, or long."""
        if missing := self.words - set(words):
            raise UnknownWords(f"{self.kind} lacks {', '.join(sorted(missing))}")
        for name, word in words.items():
            if name not in NEUTRAL or len(str(word)) > LONGEST_WORD:
                raise UnknownWords(f"{self.kind}: {name!r} is no neutral word (policies.NEUTRAL, {LONGEST_WORD} characters)")
        return (
            self.title.format_map(words),
            self.body.format_map(words),
            self.title_en.format_map(words),
            self.body_en.format_map(words),
        )


class UnknownKind(LookupError):
    """A kind of message that catalogue/wording/notices.toml does not have."""


class UnknownWords(ValueError):
    """A text lacks a word, or was given one that it must not carry."""


def placeholders(*texts: str) -> frozenset[str]:
    return frozenset(name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name)


@cache
def wordings() -> dict[str, Wording]:
    source = resources.files("shouwang") / "catalogue" / "wording" / "notices.toml"
    return {kind: Wording(kind=kind, **given) for kind, given in tomllib.loads(source.read_text(encoding="utf-8")).items()}


def wording(kind: str) -> Wording:
    """UnknownKind for one that nobody wrote down."""
    if kind not in wordings():
        raise UnknownKind(f"catalogue/wording/notices.toml has no {kind!r}")
    return wordings()[kind]


def next_repeat(rounds: int, now: datetime) -> datetime:
    """When a crisis message that was sent `rounds` times again is sent once more."""
    return now + REPEATS[min(rounds, len(REPEATS) - 1)]


def retry_at(rank: int, attempts: int, now: datetime) -> datetime | None:
    """When a failed attempt is made again; None: no more, ask another channel."""
    waits = RETRIES[rank]
    return now + waits[attempts - 1] if attempts <= len(waits) else None


def after_quiet(at: datetime, start: time, end: time) -> datetime:
    """`at`, or the end of the quiet hours it lies in. `at` in the school's zone."""
    clock = at.time()
    quiet = start <= clock < end if start < end else clock >= start or clock < end
    if not quiet:
        return at
    ends = at.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return ends if ends > at else ends + timedelta(days=1)


def pick(lang: str, zh: str, en: str) -> str:
    return zh if lang == "zh" else en


def why_not_choose(
    *,
    first: str,
    muted: Collection[tuple[str, str]],
    personal: Collection[str],
    open_ways: Collection[str],
    quiet: tuple[time, time],
    lang: str = "zh",
) -> str:
    """Empty when somebody may choose this. `personal`: the channels that reach one person; `open_ways`: those in use."""
    if (first and first not in personal) or any(code not in personal for _, code in muted):
        return pick(lang, "没有这个渠道，请重新选择。", "There is no such channel; choose again.")
    if any(tier not in ("important", "routine") for tier, _ in muted):
        return pick(lang, "紧急通知不能关闭：总是通过全部渠道发出。", "Crisis messages cannot be muted: they go out by every way.")
    ways = {code for code in open_ways if code in personal}
    if ways and ways <= {code for tier, code in muted if tier == "important"}:
        return pick(lang, "重要通知至少保留一个渠道。", "Keep at least one way for important messages.")
    start, end = quiet
    length = (end.hour * 60 + end.minute - start.hour * 60 - start.minute) % (24 * 60)
    if not 0 < length <= LONGEST_QUIET.total_seconds() // 60:
        return pick(lang, "免打扰时段不能超过 12 小时。", "Quiet hours last twelve hours at most.")
    return ""
