"""Authenticated encryption with AES-256-GCM or SM4-GCM, and how one encrypted text looks: `v1|alg|key_id|nonce|ct+tag`.

No Django here: bytes in, bytes out.
"""

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

AES, SM4 = "aes-256-gcm", "sm4-gcm"
KEY_BYTES = {AES: 32, SM4: 16}
NONCE, TAG = 12, 16
VERSION = b"v1"


class Refused(Exception):
    """Something encrypted does not open: wrong key, moved, changed or cut off. The message says so in Chinese, and never what it hides."""


def seal(alg: str, key: bytes, nonce: bytes, text: bytes, bound: bytes) -> bytes:
    """Ciphertext and tag. `bound` is authenticated with it. A nonce is used once for a key."""
    if alg == AES:
        return AESGCM(_fitting(alg, key)).encrypt(nonce, text, bound)
    writer = Cipher(algorithms.SM4(_fitting(alg, key)), modes.GCM(nonce)).encryptor()
    writer.authenticate_additional_data(bound)
    return writer.update(text) + writer.finalize() + writer.tag


def unseal(alg: str, key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
    """The text. Refused unless key, nonce, ciphertext, tag and `bound` are the very same."""
    if len(sealed) < TAG:
        raise Refused("密文不完整：末尾的校验码被截断。请从备份恢复这一条。")
    try:
        if alg == AES:
            return AESGCM(_fitting(alg, key)).decrypt(nonce, sealed, bound)
        reader = Cipher(algorithms.SM4(_fitting(alg, key)), modes.GCM(nonce, sealed[-TAG:])).decryptor()
        reader.authenticate_additional_data(bound)
        return reader.update(sealed[:-TAG]) + reader.finalize()
    except InvalidTag as problem:
        raise Refused("密文打不开：密钥不对，或密文被改动、被移到了别处。请检查主密钥，或从备份恢复。") from problem


def _fitting(alg: str, key: bytes) -> bytes:
    if alg not in KEY_BYTES:
        raise Refused(f"不认识的加密算法 {alg!r}。支持 {AES} 和 {SM4}。")
    if len(key) != KEY_BYTES[alg]:
        raise Refused(f"{alg} 的密钥应为 {KEY_BYTES[alg]} 字节。")
    return key


def derive(key: bytes, purpose: str, length: int, salt: bytes | None = None) -> bytes:
    """A key for one purpose out of another key (HKDF-SHA-256)."""
    return HKDF(SHA256(), length, salt, f"shouwang {purpose}".encode()).derive(key)


@dataclass(frozen=True, slots=True)
class Token:
    """One encrypted text with everything but the key that is needed to open it."""

    alg: str
    key_id: int
    nonce: bytes
    sealed: bytes

    def __bytes__(self) -> bytes:
        return head(self.alg, self.key_id) + self.nonce + b"|" + self.sealed


def head(alg: str, key_id: int) -> bytes:
    return b"%s|%s|%d|" % (VERSION, alg.encode(), key_id)


def parse(data: bytes) -> Token:
    """Refused for what is no token, or not whole."""
    version, _, rest = data.partition(b"|")
    alg, _, rest = rest.partition(b"|")
    key_id, _, rest = rest.partition(b"|")
    if version != VERSION or not key_id.isdigit() or rest[NONCE : NONCE + 1] != b"|":
        raise Refused("这一格不是密文，或密文开头被改动。请从备份恢复这一条。")
    return Token(alg.decode("ascii", "replace"), int(key_id), rest[:NONCE], rest[NONCE + 1 :])


def seal_token(alg: str, key_id: int, key: bytes, text: bytes, bound: bytes) -> bytes:
    """A token with a fresh nonce; its own head is authenticated with `bound`."""
    nonce = os.urandom(NONCE)
    return bytes(Token(alg, key_id, nonce, seal(alg, key, nonce, text, head(alg, key_id) + bound)))


def open_token(token: Token, key: bytes, bound: bytes) -> bytes:
    return unseal(token.alg, key, token.nonce, token.sealed, head(token.alg, token.key_id) + bound)
