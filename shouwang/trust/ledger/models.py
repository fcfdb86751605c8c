"""What happened, by whom, about whom, when. Rows are added and never touched again; there is no free text in them."""

from typing import Any, Never

from django.db import models

from shouwang.trust.ledger.guard import OutsideAction


class AppendOnly(models.QuerySet["Entry"]):
    def update(self, **kwargs: Any) -> Never:
        raise OutsideAction("a ledger row is never changed")

    def delete(self) -> Never:
        raise OutsideAction("a ledger row is never deleted")


class Entry(models.Model):
    """One action or one sensitive read. `by` is an account id; null is the platform itself (nightly run, command)."""

    SENSITIVITY = {"id": "public", "kind": "public", "by": "public", "at": "public", "digest": "public"}

    kind = models.CharField(max_length=60)
    by = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    objects = models.Manager.from_queryset(AppendOnly)()

    class Meta:
        indexes = [models.Index(fields=["kind", "at"]), models.Index(fields=["by", "at"])]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise OutsideAction("a ledger row is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise OutsideAction("a ledger row is never deleted")


class About(models.Model):
    """Whom or what an entry is about: an opaque id such as `student:17` or `delivery:3`."""

    SENSITIVITY = {"id": "public", "entry": "public", "subject": "public"}

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="about")
    subject = models.CharField(max_length=60)

    class Meta:
        indexes = [models.Index(fields=["subject", "entry"])]
