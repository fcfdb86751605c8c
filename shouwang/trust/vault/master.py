"""The master key: from the environment, a file or a command (for a KMS). It wraps the keys in the table and is never stored with them.

A source may give several keys, one a line: the first is in force, the others only open what was wrapped before (see `rotate`).
"""

import base64
import binascii
import os
import shlex
import subprocess
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from shouwang.trust.vault.ciphers import derive

BYTES = 32
COMMAND_SECONDS = 20


class MasterKeyMissing(Exception):
    """No usable master key; the message names the place and the remedy, in Chinese."""


def name_of(master: bytes) -> str:
    """Tells master keys apart and betrays nothing of them."""
    return derive(master, "name of a master key", 8).hex()


def current() -> bytes:
    return everything()[0]


def by_name(name: str) -> bytes:
    """MasterKeyMissing when no source knows the key."""
    for again in (False, True):
        if again:
            _from_command.cache_clear()
        for master in everything():
            if name_of(master) == name:
                return master
    raise MasterKeyMissing(f"没有编号为 {name} 的主密钥，用它包裹的密文打不开。请恢复当时的主密钥（{source()}）。")


def everything() -> tuple[bytes, ...]:
    """All known master keys, the one in force first."""
    if settings.MASTER_KEY:
        return _parsed(settings.MASTER_KEY, source())
    if settings.MASTER_KEY_COMMAND:
        return _from_command(settings.MASTER_KEY_COMMAND)
    path = file()
    if not path.exists():
        _make(path)
    try:
        about = path.stat()
        return _from_file(path, about.st_mtime_ns, about.st_ino, about.st_size)
    except OSError as problem:
        raise MasterKeyMissing(f"主密钥文件 {path} 读不出来：{problem.strerror}。请检查它的所有者和权限（600）。") from problem


def source() -> str:
    if settings.MASTER_KEY:
        return "环境变量 SHOUWANG_MASTER_KEY"
    return "命令 SHOUWANG_MASTER_KEY_COMMAND" if settings.MASTER_KEY_COMMAND else f"文件 {file()}"


def file() -> Path:
    return Path(settings.MASTER_KEY_FILE) if settings.MASTER_KEY_FILE else Path(settings.DATA) / "keys" / "master"


def is_file() -> bool:
    """Whether the master key lies in a file that this product may write."""
    return not settings.MASTER_KEY and not settings.MASTER_KEY_COMMAND


def add_to_file() -> bytes:
    """A new master key in front of the old ones, for a rotation. MasterKeyMissing when it does not come from a file."""
    if not is_file():
        raise MasterKeyMissing(f"主密钥来自{source()}。请在那里把新密钥写在第一行、旧密钥留在第二行，然后重新运行。")
    fresh = os.urandom(BYTES)
    _write(file(), (fresh, *everything()))
    return fresh


def leave_in_file(names: set[str]) -> list[str]:
    """Forgets master keys of the file that wrap nothing any more, never the one in force. Returns the names forgotten."""
    if not is_file():
        return []
    known = everything()
    kept = tuple(master for at, master in enumerate(known) if at == 0 or name_of(master) in names)
    if kept != known:
        _write(file(), kept)
    return [name_of(master) for master in known if master not in kept]


def _make(path: Path) -> None:
    """The first master key of an installation. A file that is gone although keys exist is never replaced: nothing could be opened with it."""
    from shouwang.trust.vault.models import Key

    if Key.objects.exclude(state="destroyed").exists():
        raise MasterKeyMissing(f"主密钥文件 {path} 不见了，已有的密文都打不开。请把它从密钥备份放回原处。")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = _set_down(path, (os.urandom(BYTES),))
    with suppress(FileExistsError):  # another process made it a moment ago; its key counts
        os.link(temporary, path)
    temporary.unlink()


def _write(path: Path, masters: tuple[bytes, ...]) -> None:
    os.replace(_set_down(path, masters), path)


def _set_down(path: Path, masters: tuple[bytes, ...]) -> Path:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        target.writelines(base64.b64encode(master) + b"\n" for master in masters)
        target.flush()
        os.fsync(target.fileno())
    return temporary


@lru_cache(maxsize=8)
def _from_file(path: Path, _changed: int, _inode: int, _size: int) -> tuple[bytes, ...]:
    return _parsed(path.read_text("ascii", "replace"), f"文件 {path}")


@lru_cache(maxsize=2)
def _from_command(command: str) -> tuple[bytes, ...]:
    try:
        done = subprocess.run(shlex.split(command), capture_output=True, timeout=COMMAND_SECONDS, check=True)  # noqa: S603  the operator's own
    except (OSError, ValueError, subprocess.SubprocessError) as problem:
        raise MasterKeyMissing(f"取主密钥的命令没有成功（{type(problem).__name__}）。请检查 SHOUWANG_MASTER_KEY_COMMAND。") from problem
    return _parsed(done.stdout.decode("ascii", "replace"), "命令 SHOUWANG_MASTER_KEY_COMMAND")


def _parsed(text: str, place: str) -> tuple[bytes, ...]:
    masters = tuple(_key(word, place) for word in text.split())
    if not masters:
        raise MasterKeyMissing(f"{place} 是空的。主密钥是 32 字节，写成 base64 或十六进制。")
    return masters


def _key(word: str, place: str) -> bytes:
    try:
        key = bytes.fromhex(word) if len(word) == 2 * BYTES else base64.b64decode(word, validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != BYTES:
        raise MasterKeyMissing(f"{place} 中的主密钥不是 32 字节的 base64 或十六进制。可用 openssl rand -base64 32 生成。")
    return key
