"""The keys, each wrapped by the master key; and how far a rotation has come. What they open lies in the rooms."""

from django.db import models

STATES = [("active", "使用中"), ("retired", "已更换"), ("destroyed", "已销毁")]
STEPS = [("keys", "重新包裹密钥"), ("renew", "更换密钥"), ("fields", "重新加密文字"), ("done", "完成")]


class Key(models.Model):
    """One data key. New text is written with the subject's active key; a retired one still opens; of a destroyed one nothing is left.

    `wrapped` is the key under the master key in hex, '' when destroyed; `master` tells which master key that was.
    """

    SENSITIVITY = dict.fromkeys(("id", "subject", "alg", "wrapped", "master", "state"), "public")

    subject = models.CharField(max_length=80)
    alg = models.CharField(max_length=12)
    wrapped = models.CharField(max_length=200, blank=True)
    master = models.CharField(max_length=16, blank=True)
    state = models.CharField(max_length=9, choices=STATES, default="active")

    class Meta:
        indexes = [models.Index(fields=["subject"]), models.Index(fields=["master"])]
        constraints = [
            models.UniqueConstraint(fields=["subject"], condition=models.Q(state="active"), name="one_active_key_per_subject"),
            models.CheckConstraint(
                condition=models.Q(state="destroyed", wrapped="") | ~models.Q(state="destroyed") & ~models.Q(wrapped=""),
                name="nothing_is_left_of_a_destroyed_key",
            ),
        ]


class Rotation(models.Model):
    """One rotation, and where it goes on after a kill: `place` and `last` are the table and row it has come to."""

    SENSITIVITY = dict.fromkeys(
        ("id", "by", "started_at", "finished_at", "newest_key", "renew", "step", "place", "last", "done", "total"), "public"
    )

    by = models.BigIntegerField(null=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    newest_key = models.BigIntegerField()
    renew = models.BooleanField(default=True)
    step = models.CharField(max_length=6, choices=STEPS, default="keys")
    place = models.CharField(max_length=100, blank=True)
    last = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
