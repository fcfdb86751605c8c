"""Ways to reach people, one folder each: `CHANNEL` in it is all that a new way must offer. Hand-overs happen outside any transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol

from django.conf import settings

from shouwang.trust.access.models import Account


class Refused(Exception):
    """The channel will not take it, however often it is asked: unknown receiver, wrong settings. The reason is short and names nobody."""


class Unreached(Exception):
    """No answer, or a bad one: perhaps it went out, perhaps not. Asked again later with the same key."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a channel hands over: neutral words, a link, and the key by which a gateway knows a repetition."""

    key: str
    address: str
    title: str
    text: str
    url: str
    lang: str = "zh"
    crisis: bool = False

    @property
    def whole(self) -> str:
        """Title, text and link as one text."""
        return "\n".join(part for part in (self.title, self.text, self.url) if part)


class Channel(Protocol):
    """`order`: who is asked first. `groups`: goes to a group of people, not to one. `knows_keys`: a repetition is not delivered twice."""

    code: str
    title: str
    title_en: str
    order: int
    groups: bool
    knows_keys: bool

    def is_configured(self) -> bool:
        """Whether somebody set it up."""

    def trouble(self) -> str:
        """What is wrong with the settings, in Chinese with the remedy; empty when nothing is."""

    def address(self, account: Account | None) -> str:
        """Where this person is reached, or the group; empty when there is no such way."""

    def hand_over(self, parcel: Parcel) -> str:
        """The gateway's own number of it, or "". Refused, Unreached."""


@cache
def everything() -> dict[str, Channel]:
    """code → channel, in the order in which they are asked."""
    found = [import_module(f"{__name__}.{module.name}").CHANNEL for module in iter_modules(__path__) if module.ispkg]
    return {channel.code: channel for channel in sorted(found, key=lambda one: one.order)}


def in_use() -> dict[str, Channel]:
    """The channels that are set up, without obvious mistakes, and not switched off by SHOUWANG_CHANNELS."""
    wanted = settings.CHANNELS
    return {
        code: channel
        for code, channel in everything().items()
        if (not wanted or code in wanted) and channel.is_configured() and not channel.trouble()
    }


def phone_of(account: Account) -> str:
    """The telephone in the school's own register; never one that was typed in. Only digits and a leading plus."""
    person = account.staff or account.student or account.guardian
    kept = "".join(sign for sign in (person.phone if person else "") if sign.isdigit() or sign == "+")
    return kept if 8 <= len(kept) <= 16 else ""


def one_line(text: str) -> str:
    """For headings: nothing that could end the line."""
    return " ".join(text.split())


def titles(codes: Iterable[str], lang: str) -> list[str]:
    known = everything()
    return [(known[code].title if lang == "zh" else known[code].title_en) if code in known else code for code in codes]
