"""Opening what is sealed. The room that opens a text records the sensitive read (ledger.actions.record)."""

import hashlib
import hmac
from collections.abc import Collection

from django.db import models

from shouwang.trust.vault import ciphers, keys
from shouwang.trust.vault.fields import Sealed, bound_to
from shouwang.trust.vault.keys import Erased
from shouwang.trust.vault.models import Key, Rotation

__all__ = ["Erased", "blind", "counts", "erased_subjects", "is_erased", "open_text", "open_texts", "rotation"]


def open_text(instance: models.Model, name: str) -> str:
    """The text of one field; '' for none. Erased when its key was destroyed, ciphers.Refused when it was tampered with."""
    return open_texts([instance], name)[0]


def open_texts(instances: Collection[models.Model], name: str) -> list[str]:
    """The texts of one field of many rows, in their order, with one look at the keys."""
    values = [getattr(instance, name) for instance in instances]
    tokens = [ciphers.parse(value.token) if isinstance(value, Sealed) else None for value in values]
    owned = keys.by_ids({token.key_id for token in tokens if token})
    texts = []
    for instance, value, token in zip(instances, values, tokens, strict=True):
        key = owned[token.key_id] if token else None
        if token is None or key is None:
            texts.append(value or "")
        elif token.alg != key.alg:
            raise ciphers.Refused("密文开头的算法与密钥不符。请从备份恢复这一条。")
        else:
            texts.append(ciphers.open_token(token, key.secret, bound_to(instance, name)).decode())
    return texts


def blind(purpose: str, text: str) -> str:
    """A keyed fingerprint for equality search in an encrypted field (HMAC-SHA-256); `purpose` is "model.field", so that none compares with another."""
    return hmac.new(keys.index_key(purpose), text.strip().encode(), hashlib.sha256).hexdigest()


def is_erased(subject: str) -> bool:
    return Key.objects.filter(subject=subject, state="destroyed").exists()


def erased_subjects() -> list[str]:
    return list(Key.objects.filter(state="destroyed").order_by("subject").values_list("subject", flat=True).distinct())


def counts() -> dict[str, int]:
    """How many keys there are in each state."""
    return dict(Key.objects.order_by().values_list("state").annotate(n=models.Count("pk")))


def rotation() -> Rotation | None:
    """The newest rotation, finished or under way."""
    return Rotation.objects.order_by("-pk").first()
