"""A model field whose text is encrypted with the key of the student (or the school) it is about.

The model has `uuid = models.UUIDField(default=uuid.uuid4, unique=True)` and a method `sealed_subject()` that returns "student:<sid>" or
"school". A text is assigned as `str`; what is read back is a `Sealed`, which shows nothing. `queries.open_text` opens it.
"""

import base64
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models

from shouwang.trust.vault import ciphers, keys

HIDDEN = "（已加密）"


class Sealed:
    """An encrypted text. Printing, formatting or rendering it never shows what it hides."""

    __slots__ = ("token",)

    def __init__(self, token: bytes) -> None:
        self.token = token

    def __str__(self) -> str:
        return HIDDEN

    __repr__ = __str__

    def __bytes__(self) -> bytes:
        return self.token

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other.token == self.token

    def __hash__(self) -> int:
        return hash(self.token)


if TYPE_CHECKING:
    _Field = models.Field[Any, Any]
else:
    _Field = models.Field


class SealedField(_Field):
    """Stores `v1|alg|key_id|nonce|ct+tag`, bound to model, field and row. `subject` names the method that says whose key is used."""

    empty_values: list[Any] = [None]

    def __init__(self, *args: Any, subject: str = "sealed_subject", **kwargs: Any) -> None:
        self.subject = subject
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, kwargs

    def db_type(self, connection: Any) -> str:
        return str(connection.data_types["BinaryField"])

    def from_db_value(self, value: Any, expression: object, connection: object) -> Sealed | None:
        return None if value is None else Sealed(bytes(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = getattr(model_instance, self.attname)
        if isinstance(value, str):
            seal([model_instance], [self.attname])
        return getattr(model_instance, self.attname)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """TypeError for a text that no row has sealed: `update(text=...)` cannot know whose it is, and a search would find nothing."""
        if value is None:
            return None
        if isinstance(value, Sealed):
            return connection.Database.Binary(value.token)
        raise TypeError(f"{self.name} is encrypted per row: assign the text to the object and save it")

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else base64.b64encode(bytes(value)).decode("ascii")

    def to_python(self, value: Any) -> Any:
        return value


def bound_to(instance: models.Model, name: str) -> bytes:
    """What a text is bound to: model, field and the row's own uuid. Nothing opens at another place."""
    own = getattr(instance, "uuid", None)
    if not isinstance(own, uuid.UUID):
        raise TypeError(f"{instance._meta.label} needs a field uuid to hold encrypted text")
    return f"{instance._meta.label_lower}|{name}|{own}".encode()


def seal(instances: Iterable[models.Model], names: Iterable[str]) -> None:
    """Encrypts the texts assigned to these fields, with a few statements for all: call it before a bulk_create. Erased when a person was."""
    waiting: list[tuple[models.Model, str, str]] = []
    for instance in instances:
        for name in names:
            if isinstance(getattr(instance, name), str):
                field = instance._meta.get_field(name)
                waiting.append((instance, name, getattr(instance, getattr(field, "subject"))()))  # noqa: B009  mypy knows no SealedField here
    owned = keys.of_all(subject for _, _, subject in waiting)
    for instance, name, subject in waiting:
        setattr(instance, name, Sealed(owned[subject].seal(getattr(instance, name).encode(), bound_to(instance, name))))


def sealed_fields(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if isinstance(field, SealedField)]


def key_id(value: Sealed) -> int:
    return ciphers.parse(value.token).key_id
