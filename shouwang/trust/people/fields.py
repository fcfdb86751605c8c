"""Column types whose order is that of their bytes, so that a prefix is one range of an index: PostgreSQL is told so, SQLite has it."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    Text = models.CharField[str, str]
else:
    Text = models.CharField


class ByteOrderField(Text):
    """A text that is searched by its beginning: `key >= p AND key < p + U+FFFF`. A school's own collation would put other words between."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


class PathField(ByteOrderField):
    """A unit's path. A subtree is the range `path >= p AND path < next_path(p)`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = 64
        super().__init__(*args, **kwargs)
