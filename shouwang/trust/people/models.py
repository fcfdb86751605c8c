"""Who is who. The rows are a projection of the master tables that departments deliver; `batch_id` is the last delivery that carried the row.

`is_current` is false when no live delivery carries the row any more; it stays because facts, alerts and accounts point to it.
"""

import uuid

from django.db import models
from django.db.models import F, Q

from shouwang.trust.ledger.guard import Guarded
from shouwang.trust.people.fields import ByteOrderField, PathField
from shouwang.trust.vault.fields import SealedField

TREES = [("organisation", "组织"), ("dormitory", "宿舍")]
KINDS = [
    ("bureau", "教育局"),
    ("school", "学校"),
    ("office", "处室"),
    ("college", "学院"),
    ("grade", "年级"),
    ("major", "专业"),
    ("class", "班级"),
    ("building", "宿舍楼"),
    ("floor", "楼层"),
    ("room", "房间"),
]
STATUSES = [("enrolled", "在读"), ("suspended", "休学"), ("left", "离校"), ("graduated", "毕业")]
RELATIONS = [
    ("father", "父亲"),
    ("mother", "母亲"),
    ("grandparent", "祖父母"),
    ("sibling", "兄弟姐妹"),
    ("relative", "其他亲属"),
    ("institution", "福利机构"),
    ("other", "其他"),
]
NUMBER = "people.student.number"  # what the fingerprints of erased numbers are made for
GENDERS = [("male", "男"), ("female", "女"), ("unknown", "未说明")]


class Projected(Guarded):
    """What every projected row carries. `batch_id` null: entered on screen, by an action of this room.

    The ledger does not bind these rows: `rebuild` writes them anew from the delivered files, whose digests it does bind.
    """

    COVERED = False

    batch_id = models.IntegerField(null=True, db_index=True)
    is_current = models.BooleanField(default=True)

    class Meta:
        abstract = True


class Unit(Projected):
    """A node of the organisation tree or of the dormitory tree."""

    SENSITIVITY = dict.fromkeys(("id", "batch_id", "is_current", "code", "name", "kind", "tree", "parent", "path"), "public")

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=KINDS)
    tree = models.CharField(max_length=12, choices=TREES)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    path = PathField(unique=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "path"])]

    def __str__(self) -> str:
        return self.name


class Term(Projected):
    """A term; its code is the integer of the facts: 2025-2026-1 is 20251."""

    SENSITIVITY = dict.fromkeys(("code", "batch_id", "is_current", "name", "starts_on", "ends_on"), "public")

    code = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=40)
    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="term_ends_after_start")]

    def __str__(self) -> str:
        return self.name


class CalendarDay(Projected):
    """What the delivered school calendar says of a day: a school day, a make-up workday, weekend or holiday."""

    SENSITIVITY = dict.fromkeys(("day", "batch_id", "is_current", "kind"), "public")

    day = models.DateField(primary_key=True)
    kind = models.CharField(max_length=7, choices=[("school", "教学日"), ("makeup", "调休上学"), ("weekend", "周末"), ("holiday", "假日")])

    class Meta:
        indexes = [models.Index(fields=["is_current", "day"])]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"


class StudentNumber(Guarded):
    """The register of opaque ids: a number keeps its sid for ever, so that facts stay joined through every correction."""

    SENSITIVITY = {"sid": "public", "number": "identity"}

    sid = models.IntegerField(primary_key=True)
    number = models.CharField(max_length=40, unique=True)


class Student(Projected):
    """A student. `unit_path` and `dorm_path` are copies of the class's and room's paths: scope is one index range."""

    SENSITIVITY = {
        "sid": "public",
        "batch_id": "public",
        "is_current": "public",
        "number": "identity",
        "name": "identity",
        "pinyin": "identity",
        "initials": "identity",
        "gender": "identity",
        "national_id_tail": "identity",
        "status": "identity",
        "entry_year": "identity",
        "major_code": "identity",
        "class_unit": "identity",
        "room": "life",
        "unit_path": "identity",
        "dorm_path": "life",
        "phone": "contact",
    }

    sid = models.IntegerField(primary_key=True)
    number = ByteOrderField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    pinyin = ByteOrderField(max_length=120, blank=True)
    initials = ByteOrderField(max_length=20, blank=True)
    gender = models.CharField(max_length=7, choices=GENDERS, default="unknown")
    national_id_tail = models.CharField(max_length=4, blank=True)
    status = models.CharField(max_length=10, choices=STATUSES, default="enrolled")
    entry_year = models.IntegerField(null=True)
    major_code = models.CharField(max_length=40, blank=True)
    class_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="students")
    room = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="residents")
    unit_path = PathField()
    dorm_path = PathField(blank=True)
    phone = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["unit_path", "number"]),
            models.Index(fields=["dorm_path", "sid"]),
            models.Index(fields=["pinyin"]),
            models.Index(fields=["initials"]),
            models.Index(fields=["name"]),
        ]

    def __str__(self) -> str:
        return self.name


class Guardian(Projected):
    """A guardian as the school's own register names them; never a contact given by the student."""

    SENSITIVITY = {
        "id": "public",
        "batch_id": "public",
        "is_current": "public",
        "student": "family",
        "name": "family",
        "relation": "family",
        "phone": "contact",
        "is_legal": "family",
        "lives_with": "family",
    }

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="guardians")
    name = models.CharField(max_length=60)
    relation = models.CharField(max_length=20, choices=RELATIONS)
    phone = models.CharField(max_length=40, blank=True)
    is_legal = models.BooleanField(default=False)
    lives_with = models.BooleanField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["student", "relation"], name="one_guardian_per_relation")]

    def __str__(self) -> str:
        return self.name


class Staff(Projected):
    """A member of staff, or an outside helper (community worker, company mentor) with a number of their own."""

    SENSITIVITY = dict.fromkeys(
        ("id", "batch_id", "is_current", "number", "name", "pinyin", "initials", "office", "phone", "email", "post"), "public"
    )

    number = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    pinyin = models.CharField(max_length=120, blank=True)
    initials = models.CharField(max_length=20, blank=True)
    office = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="staff")
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    post = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [models.Index(fields=["pinyin"]), models.Index(fields=["name"])]

    def __str__(self) -> str:
        return self.name


class Responsibility(Projected):
    """Who answers for which unit or student, in which role, from when to when. The ground of every right to read.

    The holder is a member of staff or, for class and dorm cadres, a student. `ends_on` is the last day, open when null.
    """

    COVERED = True  # the ground of rights is bound, delivered or assigned by hand
    SENSITIVITY = dict.fromkeys(
        ("id", "batch_id", "is_current", "staff", "cadre", "role", "unit", "student", "starts_on", "ends_on", "assigned_by"), "public"
    ) | {"cadre": "identity", "student": "identity"}

    staff = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="responsibilities")
    cadre = models.ForeignKey(Student, null=True, on_delete=models.PROTECT, related_name="duties")
    role = models.CharField(max_length=30)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="responsibilities")
    student = models.ForeignKey(Student, null=True, on_delete=models.PROTECT, related_name="responsibilities")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    assigned_by = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["role", "unit"]), models.Index(fields=["role", "student"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=True, student__isnull=False) | Q(unit__isnull=False, student__isnull=True),
                name="for_a_unit_or_a_student",
            ),
            models.CheckConstraint(
                condition=Q(staff__isnull=True, cadre__isnull=False) | Q(staff__isnull=False, cadre__isnull=True),
                name="held_by_staff_or_a_cadre",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="responsibility_ends_after_start"
            ),
        ]


class Erasure(Guarded):
    """A person who was erased. The number is a keyed fingerprint, so that a file that still names it is refused; the reason is sealed.

    `finished_at` null: under way; it goes on where it was killed. `entry_id` is the ledger entry of the destroyed key.
    """

    SENSITIVITY = dict.fromkeys(("id", "uuid", "sid", "number_blind", "by", "begun_at", "finished_at", "entry_id", "files"), "public") | {
        "reason": "identity"
    }

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    sid = models.IntegerField(unique=True)
    number_blind = models.CharField(max_length=64, db_index=True)
    reason = SealedField()
    by = models.BigIntegerField(null=True)
    begun_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    entry_id = models.BigIntegerField(null=True)
    files = models.IntegerField(default=0)

    def sealed_subject(self) -> str:
        return "school"
