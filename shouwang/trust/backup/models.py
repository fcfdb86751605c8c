"""Every backup and every drill: when, how much, whether it can be relied upon. Nothing here says where a key lies."""

from django.db import models

KINDS = [("backup", "备份"), ("drill", "恢复演练")]


class BackupRun(models.Model):
    """One backup or drill. `ok` is null while it runs; a run that was killed is closed as not good by the next one.

    A drill names the snapshot it restored. `step`, `done` and `total` are what the page shows meanwhile.
    """

    SENSITIVITY = dict.fromkeys(
        (
            "id", "kind", "by", "started_at", "finished_at", "ok", "trouble", "place", "snapshot", "step", "done", "total",
            "files", "bytes_all", "bytes_new", "rows", "ledger_size", "seconds",
        ),
        "public",
    )  # fmt: skip

    kind = models.CharField(max_length=6, choices=KINDS)
    by = models.BigIntegerField(null=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    ok = models.BooleanField(null=True)
    trouble = models.CharField(max_length=500, blank=True)
    place = models.CharField(max_length=300, blank=True)
    snapshot = models.CharField(max_length=60, blank=True)
    step = models.CharField(max_length=40, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    files = models.IntegerField(default=0)
    bytes_all = models.BigIntegerField(default=0)
    bytes_new = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    ledger_size = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)

    class Meta:
        indexes = [models.Index(fields=["kind", "-started_at"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ok__isnull=True, finished_at__isnull=True) | models.Q(ok__isnull=False, finished_at__isnull=False),
                name="a_run_is_over_or_it_is_not",
            )
        ]
