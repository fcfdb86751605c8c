"""Whether the register still names the person whom the school confirmed as a guardian: digests under the secret key, compared."""

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from shouwang.trust.access.models import GuardianContact
from shouwang.trust.people.models import Guardian


def digest(value: str, secret: str | None = None) -> str:
    return salted_hmac("shouwang.guardian-contact", value.strip(), secret=secret, algorithm="sha256").hexdigest()


def same(kept: str, value: str) -> bool:
    """Also under a key that was replaced: a new key must not make strangers of all guardians."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(constant_time_compare(kept, digest(value, key)) for key in keys)


def is_person(contact: GuardianContact, guardian: Guardian) -> bool:
    """A new telephone makes nobody another person; a new name does."""
    return same(contact.name_digest, guardian.name)
