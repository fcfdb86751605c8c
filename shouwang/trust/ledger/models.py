"""What happened, by whom, about whom, when. Rows are added and never touched again; there is no free text in them."""

from typing import Any, ClassVar, Never

from django.db import models
from django.db.models import Q

from shouwang.trust.ledger.guard import OutsideAction


class AppendOnly(models.QuerySet["Entry"]):
    def update(self, **kwargs: Any) -> Never:
        raise OutsideAction("a ledger row is never changed")

    def delete(self) -> Never:
        raise OutsideAction("a ledger row is never deleted")


class Entry(models.Model):
    """One action or one sensitive read. `by` is an account id; null is the platform itself (nightly run, command).

    `mark` proves that the product wrote the row (keys.mark). `leaf` is its place in the tree, given by the sequencer, once.
    """

    SENSITIVITY = dict.fromkeys(("id", "kind", "by", "at", "digest", "mark", "leaf"), "public")

    kind = models.CharField(max_length=60)
    by = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    mark = models.CharField(max_length=64, null=True, unique=True)
    leaf = models.BigIntegerField(null=True, unique=True)
    objects = models.Manager.from_queryset(AppendOnly)()

    class Meta:
        indexes = [
            models.Index(fields=["kind", "at"]),
            models.Index(fields=["by", "at"]),
            models.Index(fields=["id"], condition=Q(leaf=None), name="ledger_waiting"),
        ]

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


class Shape(models.Model):
    """Which columns a seal covers. A column that a later version adds is covered from the row's next seal on."""

    SENSITIVITY = dict.fromkeys(("id", "table", "columns"), "public")

    table = models.CharField(max_length=64)
    columns = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["table", "columns"], name="shape_once")]


class Seal(models.Model):
    """What a row of a covered table was when an action ended; empty when it was deleted. The last seal is what the row must be now."""

    SENSITIVITY = dict.fromkeys(("id", "entry", "table", "row", "digest", "shape"), "public")

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="seals")
    table = models.CharField(max_length=64)
    row = models.CharField(max_length=40)
    digest = models.CharField(max_length=64, blank=True)
    shape = models.ForeignKey(Shape, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["table", "row", "id"], name="ledger_seal_of_row")]


class Tree(models.Model):
    """One row: how many entries have their place. Whoever holds it, and nobody else, gives the next places."""

    SENSITIVITY = dict.fromkeys(("id", "size"), "public")

    size = models.BigIntegerField(default=0)


class Node(models.Model):
    """The root of a complete subtree; never changed."""

    SENSITIVITY = dict.fromkeys(("level", "index", "hash"), "public")

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.CharField(max_length=64)


class Head(models.Model):
    """A signed statement: so many entries, this root, at this moment. `previous` chains it to the head before."""

    SENSITIVITY = dict.fromkeys(("id", "size", "root", "at", "previous", "key", "signature", "token"), "public")

    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    at = models.DateTimeField()
    previous = models.CharField(max_length=64, blank=True)
    key = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)
    token = models.TextField(blank=True)  # an RFC 3161 answer in base64

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = [models.UniqueConstraint(fields=["previous"], name="head_follows_one")]


class Audit(models.Model):
    """One look through everything, as a job. Not history: `ledger.audited` is."""

    SENSITIVITY = dict.fromkeys(
        ("id", "by", "started_at", "step", "done", "total", "ended_at", "entries", "rows", "found", "trouble"), "public"
    )

    by = models.BigIntegerField(null=True)
    started_at = models.DateTimeField()
    step = models.CharField(max_length=40, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    entries = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    found = models.BigIntegerField(default=0)
    trouble = models.CharField(max_length=200, blank=True)


class Found(models.Model):
    """One thing an audit found; of very many, the first."""

    SENSITIVITY = dict.fromkeys(("id", "audit", "kind", "table", "row"), "public")

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=20)
    table = models.CharField(max_length=64, blank=True)
    row = models.CharField(max_length=60, blank=True)
