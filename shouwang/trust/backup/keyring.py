"""The keys of a school, kept apart from its backups: the master keys, the table of wrapped keys, the ledger's signing key, the session key.

The table of wrapped keys is in no database backup. Whoever restores an older backup does it with the newest bundle of keys, in which the
keys of erased people are missing: their text stays unreadable although the backup still holds it.
"""

import base64
import json
import os
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.conf import settings

from shouwang.trust.backup.repository import Damaged
from shouwang.trust.ledger import keys as ledger_keys
from shouwang.trust.vault import ciphers, master
from shouwang.trust.vault.ciphers import AES, NONCE, Refused, derive
from shouwang.trust.vault.models import Key

BYTES, SALT = 32, 16
MAGIC = b"SWK1"
SUFFIX = ".keys"
KEPT = 2  # the newest, and one before it in case the newest was cut short by a full disk


class NoBackupKey(Exception):
    """The backup key is missing or no key; the message names the remedy, in Chinese."""


def backup_key(path: Path | None = None) -> bytes:
    """What opens the backups: from SHOUWANG_BACKUP_KEY, a file, or a file made at first use. The operator keeps a copy of it elsewhere."""
    if settings.BACKUP_KEY and path is None:
        return _parsed(settings.BACKUP_KEY, "环境变量 SHOUWANG_BACKUP_KEY")
    path = path or key_file()
    if not path.exists() and path == key_file():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError), open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(base64.b64encode(os.urandom(BYTES)) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
    try:
        return _parsed(path.read_text("ascii", "replace"), f"文件 {path}")
    except OSError as problem:
        raise NoBackupKey(f"备份密钥文件 {path} 读不出来：{problem.strerror}。请用 --key 指出您另外保存的备份密钥。") from problem


def key_file() -> Path:
    return Path(settings.BACKUP_KEY_FILE) if settings.BACKUP_KEY_FILE else Path(settings.DATA) / "keys" / "backup"


def _parsed(text: str, place: str) -> bytes:
    word = text.strip()
    try:
        key = bytes.fromhex(word) if len(word) == 2 * BYTES else base64.b64decode(word, validate=True)
    except ValueError:
        key = b""
    if len(key) != BYTES:
        raise NoBackupKey(f"{place} 中的备份密钥不是 32 字节的 base64 或十六进制。可用 openssl rand -base64 32 生成。")
    return key


def gather() -> dict[str, Any]:
    """Everything that opens or signs something, as it stands now. The backup key itself is not among it."""
    files = {"secret_key": Path(settings.DATA) / "secret_key", "keys/ledger": ledger_keys.path()}
    files["keys/ledger.old"] = ledger_keys.path().with_name(ledger_keys.path().name + ".old")
    kept = {name: base64.b64encode(path.read_bytes()).decode() for name, path in files.items() if path.exists()}
    if master.is_file():
        kept["keys/master"] = base64.b64encode(b"".join(base64.b64encode(one) + b"\n" for one in master.everything())).decode()
    rows = [list(row) for row in Key.objects.order_by("pk").values_list("id", "subject", "alg", "wrapped", "master", "state")]
    return {"files": kept, "keys": rows}


def write(folder: Path, name: str, key: bytes, content: dict[str, Any]) -> Path:
    """Encrypt a bundle under the passphrase, or the backup key when there is none; older bundles go, so that destroyed keys are gone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    salt, nonce = os.urandom(SALT), os.urandom(NONCE)
    data = zlib.compress(json.dumps(content).encode())
    sealed = ciphers.seal(AES, _secret(key, salt), nonce, data, MAGIC)
    path = folder / f"{name}{SUFFIX}"
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(MAGIC + salt + nonce + sealed)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)
    for old in bundles(folder)[:-KEPT]:
        old.unlink()
    return path


def renew(folder: Path, name: str, key: bytes) -> None:
    """After an erasure: a bundle without the destroyed keys, and no other one left."""
    fresh = write(folder, name, key, gather())
    for old in bundles(folder):
        if old != fresh:
            old.unlink()


def read(path: Path, key: bytes) -> dict[str, Any]:
    """Damaged when the bundle does not open with this key or passphrase."""
    data = path.read_bytes()
    salt, rest = data[len(MAGIC) : len(MAGIC) + SALT], data[len(MAGIC) + SALT :]
    try:
        text = ciphers.unseal(AES, _secret(key, salt), rest[:NONCE], rest[NONCE:], MAGIC)
    except Refused as problem:
        raise Damaged(f"密钥包 {path.name} 打不开：备份密钥或口令（SHOUWANG_BACKUP_PASSPHRASE）不对，或文件被改动。") from problem
    content: dict[str, Any] = json.loads(zlib.decompress(text))
    return content


def bundles(folder: Path) -> list[Path]:
    """Oldest first."""
    return sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.name)


def _secret(key: bytes, salt: bytes) -> bytes:
    if settings.BACKUP_PASSPHRASE:
        return Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(settings.BACKUP_PASSPHRASE.encode())
    return derive(key, "bundle of keys", 32, salt)


def put_down(content: dict[str, Any], to: Path) -> None:
    """The files of a bundle at their places under a restored data folder, readable by their owner only."""
    for name, data in content["files"].items():
        path = to / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(base64.b64decode(data))
