"""The ledger's key: signs tree heads, and marks entries so that a row written past the product is not taken for one of them.

It lies in a file beside the data, not in the database: whoever can write SQL alone can do neither.
"""

import hmac
import os
import secrets
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

NONCE = 32  # hex signs


def path() -> Path:
    """Where the key lies: SHOUWANG_LEDGER_KEY_FILE, or keys/ledger in the data folder."""
    return Path(settings.LEDGER_KEY_FILE or settings.DATA / "keys" / "ledger")


def public() -> str:
    """The public key in hex, to be posted where everybody can compare it."""
    return _public(_key())


def trusted() -> list[str]:
    """The public keys whose heads count: today's, and those that were replaced (one a line in the file beside it, `ledger.old`)."""
    old = path().with_name(path().name + ".old")
    return [public(), *(old.read_text().split() if old.exists() else [])]


def sign(text: bytes) -> str:
    """Ed25519, in hex."""
    return _key().sign(text).hex()


def is_signed(key: str, signature: str, text: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), text)
    except (InvalidSignature, ValueError):
        return False
    return True


def mark(text: bytes) -> str:
    """A mark of 64 hex signs for a new entry: a number used once, and its seal with the entry's text."""
    nonce = secrets.token_hex(NONCE // 2)
    return nonce + _seal(nonce, text)


def is_marked(found: str | None, text: bytes) -> bool:
    return bool(found) and hmac.compare_digest(str(found)[NONCE:], _seal(str(found)[:NONCE], text))


def _seal(nonce: str, text: bytes) -> str:
    return hmac.digest(_secret(*_place()), nonce.encode() + text, "sha256").hex()[:NONCE]


@lru_cache(maxsize=8)
def _secret(name: str, changed: int) -> bytes:
    seed = _load(name, changed).private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return hmac.digest(seed, b"shouwang ledger mark v1", sha256)


def _key() -> Ed25519PrivateKey:
    return _load(*_place())


def _place() -> tuple[str, int]:
    """The file and when it changed: a restored key counts at once."""
    where = settings.LEDGER_KEY_FILE or os.path.join(settings.DATA, "keys", "ledger")  # asked for every entry: no Path here
    try:
        return where, os.stat(where).st_mtime_ns
    except FileNotFoundError:
        _make(Path(where))
    return where, os.stat(where).st_mtime_ns


@lru_cache(maxsize=8)
def _load(name: str, changed: int) -> Ed25519PrivateKey:
    found = load_pem_private_key(Path(name).read_bytes(), password=None)
    if not isinstance(found, Ed25519PrivateKey):
        raise ValueError(f"{name} 不是 Ed25519 私钥。请用 openssl genpkey -algorithm ed25519 生成，或删除后由系统重新生成。")
    return found


def _make(where: Path) -> None:
    """A new key, readable by its owner only; of two processes that make one at a time, one wins and both use it."""
    where.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = where.with_name(f"{where.name}.{os.getpid()}.{secrets.token_hex(4)}")
    temporary.touch(mode=0o600)
    temporary.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with suppress(FileExistsError):
        os.link(temporary, where)
    temporary.unlink()


def _public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
