"""One key per subject (`student:17`, `school`, `delivery:3`), wrapped by the master key. Opening a key needs its row: a destroyed one is gone everywhere.

What is remembered in the process are unwrapped bytes by their wrapped form, and no more than REMEMBERED of them.
"""

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from django.conf import settings

from shouwang.trust.vault import ciphers, master
from shouwang.trust.vault.ciphers import KEY_BYTES, Refused, derive
from shouwang.trust.vault.models import Key

V = TypeVar("V")
REMEMBERED = 4096
CHUNK = 5000


class Erased(Exception):
    """The key was destroyed: the text cannot be read by anybody any more."""

    def __init__(self) -> None:
        super().__init__("这段内容的密钥已销毁，任何人都不能再读出它。")


@dataclass(frozen=True, slots=True)
class DataKey:
    id: int
    alg: str
    secret: bytes

    def __repr__(self) -> str:
        return f"DataKey({self.id})"

    def seal(self, text: bytes, bound: bytes) -> bytes:
        return ciphers.seal_token(self.alg, self.id, self.secret, text, bound)


def of(subject: str) -> DataKey:
    """The key that new text about the subject is written with; made when there is none. Erased for a subject whose key was destroyed."""
    return of_all([subject])[subject]


def of_all(subjects: Iterable[str]) -> dict[str, DataKey]:
    """The same for many, with a few statements. Erased when one of them was erased."""
    wanted = list(dict.fromkeys(subjects))
    found = _active(wanted)
    if missing := [subject for subject in wanted if subject not in found]:
        if any(Key.objects.filter(subject__in=some, state="destroyed").exists() for some in _chunks(missing)):
            raise Erased
        make(missing)
        found |= _active(missing)
    return found


def make(subjects: Collection[str]) -> None:
    """Active keys for subjects that have none. Two who make the same one get the one that was first."""
    wrapping, alg = master.current(), settings.CIPHER
    name = master.name_of(wrapping)
    fresh = [
        Key(subject=subject, alg=alg, wrapped=_wrapped(wrapping, subject, alg, os.urandom(KEY_BYTES[alg])), master=name)
        for subject in subjects
    ]
    Key.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=CHUNK)


def by_ids(ids: Collection[int]) -> dict[int, DataKey]:
    """Keys that open what was written with them. Refused when one is unknown, Erased when one was destroyed."""
    rows = [row for some in _chunks(sorted(set(ids))) for row in Key.objects.filter(pk__in=some)]
    if any(row.state == "destroyed" for row in rows):
        raise Erased
    if len(rows) < len(set(ids)):
        raise Refused("没有这段密文的密钥。请从备份恢复密钥表。")
    return {row.pk: opened(row) for row in rows}


def opened(row: Key) -> DataKey:
    return DataKey(row.pk, row.alg, _unwrapped(row.master, row.subject, row.alg, row.wrapped))


def rewrapped(row: Key, wrapping: bytes) -> str:
    """The same key under another master key."""
    return _wrapped(wrapping, row.subject, row.alg, opened(row).secret)


def forget() -> None:
    """Drops what this process remembers."""
    _unwrapped.cache_clear()


def index_key(purpose: str) -> bytes:
    """The key of one blind index. It belongs to the school and outlives every rotation, because the indexes were made with it."""
    return derive(of("index").secret, f"blind index {purpose}", 32)


def _active(subjects: Collection[str]) -> dict[str, DataKey]:
    rows = (row for some in _chunks(subjects) for row in Key.objects.filter(subject__in=some, state="active"))
    return {row.subject: opened(row) for row in rows}


def _chunks(values: Iterable[V]) -> Iterable[list[V]]:
    listed = list(values)
    return (listed[start : start + CHUNK] for start in range(0, len(listed), CHUNK))


def _bound(subject: str) -> bytes:
    return f"key of {subject}".encode()


def _wrapped(wrapping: bytes, subject: str, alg: str, secret: bytes) -> str:
    nonce = os.urandom(ciphers.NONCE)
    return (nonce + ciphers.seal(alg, _wrapping_key(wrapping, alg), nonce, secret, _bound(subject))).hex()


@lru_cache(maxsize=REMEMBERED)
def _unwrapped(name: str, subject: str, alg: str, wrapped: str) -> bytes:
    data = bytes.fromhex(wrapped)
    nonce, sealed = data[: ciphers.NONCE], data[ciphers.NONCE :]
    return ciphers.unseal(alg, _wrapping_key(master.by_name(name), alg), nonce, sealed, _bound(subject))


@lru_cache(maxsize=8)
def _wrapping_key(wrapping: bytes, alg: str) -> bytes:
    return derive(wrapping, f"wrap {alg}", KEY_BYTES[alg])
