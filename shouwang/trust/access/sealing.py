"""The secrets of second factors, sealed under the key of the installation: a copy of the database alone makes nobody's codes."""

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

MARK = "s1:"
PURPOSE = b"shouwang.second-factor"


def _cipher(key: str | bytes) -> AESGCM:
    return AESGCM(HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode() if isinstance(key, str) else key))


def seal(text: str) -> str:
    nonce = secrets.token_bytes(12)
    return MARK + base64.urlsafe_b64encode(nonce + _cipher(settings.SECRET_KEY).encrypt(nonce, text.encode(), PURPOSE)).decode()


def unseal(sealed: str) -> str:
    """Also what was sealed under a replaced key (SECRET_KEY_FALLBACKS). ValueError when no key fits."""
    raw = base64.urlsafe_b64decode(sealed.removeprefix(MARK))
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _cipher(key).decrypt(raw[:12], raw[12:], PURPOSE).decode()
        except InvalidTag:
            continue
    raise ValueError("二次验证的密钥打不开：服务的密钥换过。请在设置中补上旧密钥 SHOUWANG_SECRET_KEY_OLD")
