"""Who signs in, what they were given for a time, and who looked. What an account may see follows from responsibilities (people) and from
grants with a ground, never from flags on the account."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

from shouwang.trust.ledger.guard import Guarded, Sealed, SealedQuerySet
from shouwang.trust.people.models import Guardian, Staff, Student, Unit

LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
PURPOSES = [("open", "开通"), ("reset", "重设密码")]
SCHEMES = [("auto", "跟随系统"), ("light", "浅色"), ("dark", "深色")]


class Accounts(BaseUserManager["Account"]):
    def get_queryset(self) -> SealedQuerySet["Account"]:
        return SealedQuerySet(self.model, using=self._db)

    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.get(username=username)


class Account(Sealed, AbstractBaseUser):
    """One person's sign-in; the username is the staff or student number, for guardians an own one."""

    UNSEALED = frozenset({"last_login"})  # Django writes it at every sign-in, which is an entry of its own
    SENSITIVITY = {
        "id": "public",
        "username": "identity",
        "password": "identity",
        "last_login": "identity",
        "is_active": "public",
        "email": "contact",
        "language": "public",
        "scheme": "public",
        "staff": "identity",
        "student": "identity",
        "guardian": "identity",
        "created_at": "public",
    }

    username = models.CharField(max_length=40, unique=True)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=10, choices=LANGUAGES, default="zh-hans")
    scheme = models.CharField(max_length=5, choices=SCHEMES, default="auto")
    staff = models.OneToOneField(Staff, null=True, on_delete=models.PROTECT, related_name="account")
    student = models.OneToOneField(Student, null=True, on_delete=models.PROTECT, related_name="account")
    guardian = models.OneToOneField(Guardian, null=True, on_delete=models.PROTECT, related_name="account")
    created_at = models.DateTimeField()

    objects = Accounts()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(staff__isnull=False, student__isnull=True, guardian__isnull=True)
                | Q(staff__isnull=True, student__isnull=False, guardian__isnull=True)
                | Q(staff__isnull=True, student__isnull=True, guardian__isnull=False),
                name="an_account_is_of_one_person",
            )
        ]

    @property
    def name(self) -> str:
        """The person's name; call on accounts fetched with select_related("staff", "student", "guardian")."""
        person = self.staff or self.student or self.guardian
        return person.name if person else self.username


class Invitation(Guarded):
    """A way in that works once: to open an account, or to set a forgotten password anew. Only the digest of its word is kept."""

    SENSITIVITY = dict.fromkeys(
        ("id", "account", "purpose", "token_digest", "made_by", "made_at", "expires_at", "used_at", "withdrawn_at"), "public"
    )

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="invitations")
    purpose = models.CharField(max_length=5, choices=PURPOSES)
    token_digest = models.CharField(max_length=64, unique=True)
    made_by = models.BigIntegerField(null=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-made_at"])]
        constraints = [models.CheckConstraint(condition=Q(expires_at__gt=models.F("made_at")), name="an_invitation_ends_later")]


class GuardianContact(Guarded):
    """Whom the school means by this guardian: the name and the telephone as they were confirmed, as digests.

    The register may name somebody else under the same relation tomorrow; whoever held the account before must not see the child then.
    """

    SENSITIVITY = {
        "id": "public",
        "guardian": "family",
        "name_digest": "family",
        "phone_digest": "contact",
        "confirmed_by": "public",
        "confirmed_at": "public",
    }

    guardian = models.OneToOneField(Guardian, on_delete=models.PROTECT, related_name="contact")
    name_digest = models.CharField(max_length=64)
    phone_digest = models.CharField(max_length=64)
    confirmed_by = models.BigIntegerField(null=True)
    confirmed_at = models.DateTimeField()


class Allowance(models.Model):
    """How often somebody asked for something costly in one stretch of time; counted by one statement, so that all workers share it."""

    SENSITIVITY = dict.fromkeys(("key", "window", "count"), "public")

    key = models.CharField(max_length=64, primary_key=True)
    window = models.BigIntegerField()
    count = models.IntegerField()


class Grant(Guarded):
    """A right for a time: these categories of one student or of a unit's students, because of `ref`, until a moment or until it is ended.

    It holds only while the account still has `role` and the matrix still gives that role the relationship: the lesser of both counts.
    """

    SENSITIVITY = dict.fromkeys(
        ("id", "account", "role", "relationship", "unit", "categories", "ref", "starts_at", "until", "given_by", "ended_at", "ended_by"),
        "public",
    ) | {"student": "identity"}

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=30)
    relationship = models.CharField(max_length=20)
    student = models.ForeignKey(Student, null=True, on_delete=models.PROTECT, related_name="grants")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="grants")
    categories = models.PositiveIntegerField()
    ref = models.CharField(max_length=60)
    starts_at = models.DateTimeField()
    until = models.DateTimeField()
    given_by = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["account", "until"]), models.Index(fields=["ref"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=True, student__isnull=False) | Q(unit__isnull=False, student__isnull=True),
                name="grant_of_a_student_or_a_unit",
            ),
            models.CheckConstraint(condition=Q(until__gt=F("starts_at")), name="grant_ends_after_start"),
        ]


class Reading(Guarded):
    """Somebody read a student's file: once per account, student, kind and hour; under a break-glass every time. Family is not listed."""

    SENSITIVITY = dict.fromkeys(("id", "account", "kind", "role", "relationship", "unit", "ref", "at", "hour"), "public") | {
        "student": "identity"
    }
    KINDS = (("page", "学生页"), ("alert", "预警"), ("export", "导出名单"), ("disclosure", "披露"), ("glass", "紧急查看"))

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="readings")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="readings")
    kind = models.CharField(max_length=12, choices=KINDS)
    role = models.CharField(max_length=30)
    relationship = models.CharField(max_length=20)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    ref = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()
    hour = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["student", "-at"]), models.Index(fields=["ref"])]
        constraints = [
            models.UniqueConstraint(fields=["account", "student", "kind", "hour"], condition=~Q(kind="glass"), name="reading_once_an_hour")
        ]


class Sharing(Guarded):
    """What an adult student lets their guardians see. Without a row: everything the matrix gives a guardian."""

    SENSITIVITY = {"student": "identity", "categories": "public", "set_at": "public", "set_by": "public"}

    student = models.OneToOneField(Student, primary_key=True, on_delete=models.PROTECT, related_name="sharing")
    categories = models.PositiveIntegerField()
    set_at = models.DateTimeField()
    set_by = models.BigIntegerField()
