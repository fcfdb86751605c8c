"""What the pages' forms say, read into what the actions take. Nothing is decided here."""

import uuid
from datetime import datetime

from django.http import HttpRequest, QueryDict
from django.utils import timezone

from shouwang.work.incidents.actions.reporting import Given


def moment(text: str) -> datetime | None:
    """A datetime-local field, in the school's zone; None when it is empty or cannot be read."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return timezone.make_aware(found) if found.tzinfo is None else found


def key(text: str) -> uuid.UUID:
    """The report's own key; a new one when the browser sent none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()


def numbers(sent: QueryDict, name: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(text) for text in sent.getlist(name)[:60] if text.isascii() and text.isdigit() and len(text) < 10))


def given(sent: QueryDict) -> Given:
    return Given(
        key=key(sent.get("key", "")),
        category=sent.get("category", ""),
        urgency=sent.get("urgency", ""),
        what=sent.get("what", ""),
        where=sent.get("where", ""),
        who=sent.get("who", ""),
        numbers=numbers(sent, "sid"),
        happened_at=moment(sent.get("when", "")),
        still_handling=bool(sent.get("still_handling")),
        association=bool(sent.get("association")),
        also=tuple(sent.getlist("also")),
        skip=bool(sent.get("skip")),
        reason=sent.get("reason", ""),
    )


def pictures(request: HttpRequest, most: int, largest: int) -> list[bytes]:
    """The chosen photographs; one byte more than allowed is read of each, so that the action can say what is too large."""
    return [one.read(largest + 1) for one in request.FILES.getlist("photo")[: most + 1]]
