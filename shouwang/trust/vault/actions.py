"""Rotation and erasure. Both are told to the ledger; no entry holds a key or a text."""

from collections.abc import Callable, Collection
from datetime import datetime

from django.apps import apps
from django.db import connection, models, transaction

from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.trust.ledger.models import Entry
from shouwang.trust.vault import keys, master, queries
from shouwang.trust.vault.fields import key_id, seal, sealed_fields
from shouwang.trust.vault.models import Key, Rotation

CHUNK = 500
RENEWED = ("student:", "school")  # keys of files and of the blind index are only wrapped anew: what they wrote stays as it is

Told = Callable[[Rotation], object]


class Elsewhere(Exception):
    """Another process is carrying on the same rotation."""

    def __init__(self) -> None:
        super().__init__("另一个进程正在更换密钥，请等它完成。")


def begin_rotation(*, by: int | None, now: datetime, renew: bool = True) -> Rotation:
    """A rotation to the master key now in force; with `renew` every person gets a new key as well. One under way is carried on instead."""
    under_way = Rotation.objects.filter(finished_at__isnull=True).first()
    if under_way is not None:
        return under_way
    if master.is_file():
        master.add_to_file()
    newest = Key.objects.aggregate(newest=models.Max("pk"))["newest"] or 0
    with told():
        rotation = Rotation.objects.create(by=by, started_at=now, newest_key=newest, renew=renew, total=_work(newest, renew))
        ledger.record("vault.rotation_begun", by=by, about=[f"rotation:{rotation.pk}"], now=now, content={"renew": renew})
    return rotation


def rotate(*, by: int | None, now: datetime, renew: bool = True, tell: Told = lambda rotation: None) -> Rotation:
    """Begin a rotation, or carry on the one that was interrupted, to its end. Elsewhere when somebody else is at it."""
    rotation = begin_rotation(by=by, now=now, renew=renew)
    steps = {"keys": _rewrap, "renew": _renew, "fields": _reencrypt}
    while rotation.step != "done":
        steps[rotation.step](rotation, now)
        tell(rotation)
    return rotation


def _work(newest: int, renew: bool) -> int:
    """How much there is to do: keys to wrap, keys to renew, rows to write again."""
    wrap = Key.objects.filter(pk__lte=newest).exclude(state="destroyed").count()
    if not renew:
        return wrap
    return wrap + _renewable(newest).count() + sum(model._default_manager.count() for model in _models())


def _models() -> list[type[models.Model]]:
    return sorted((model for model in apps.get_models() if sealed_fields(model)), key=lambda model: model._meta.label_lower)


def _renewable(newest: int) -> models.QuerySet[Key]:
    mine = models.Q(subject__startswith=RENEWED[0]) | models.Q(subject=RENEWED[1])
    return Key.objects.filter(mine, pk__lte=newest, state="active")


def _claim(rotation: Rotation, now: datetime, done: int, **changes: object) -> None:
    """Where the rotation has come to, in the transaction of the work itself; so a kill loses or repeats nothing."""
    here = Rotation.objects.filter(pk=rotation.pk, step=rotation.step, place=rotation.place, last=rotation.last)
    if not here.update(done=rotation.done + done, **changes):
        raise Elsewhere
    content = {name: str(value) for name, value in changes.items()} | {"done": done}
    ledger.record("vault.rotated", by=rotation.by, about=[f"rotation:{rotation.pk}"], now=now, content=content)
    rotation.refresh_from_db()


def _rewrap(rotation: Rotation, now: datetime) -> None:
    """Some more keys under the master key in force."""
    wrapping = master.current()
    name = master.name_of(wrapping)
    with told():
        waiting = (
            Key.objects.select_for_update().exclude(state="destroyed").exclude(master=name).filter(pk__gt=rotation.last).order_by("pk")
        )
        some = list(waiting[:CHUNK])
        for row in some:
            row.wrapped, row.master = keys.rewrapped(row, wrapping), name
        Key.objects.bulk_update(some, ["wrapped", "master"])
        if some:
            _claim(rotation, now, len(some), last=some[-1].pk)
        else:
            _claim(rotation, now, 0, last=0, step="renew")
    if not some and not Key.objects.exclude(state="destroyed").exclude(master=name).exists():
        master.leave_in_file({name})


def _renew(rotation: Rotation, now: datetime) -> None:
    """Some more people get a new key; the old one opens what was written with it until that is written again."""
    if not rotation.renew:
        _finish(rotation, now)
        return
    with told():
        some = list(_renewable(rotation.newest_key).select_for_update().order_by("pk")[:CHUNK])
        Key.objects.filter(pk__in=[row.pk for row in some]).update(state="retired")
        keys.make([row.subject for row in some])
        if some:
            _claim(rotation, now, len(some), last=some[-1].pk)
        else:
            _claim(rotation, now, 0, last=0, step="fields")


def _reencrypt(rotation: Rotation, now: datetime) -> None:
    """Some more rows of one table written again with the new keys. The rows are held while they are, so that no change is lost."""
    labels = [model._meta.label_lower for model in _models()]
    place = rotation.place or next(iter(labels), "")
    if place not in labels:
        _finish(rotation, now)
        return
    model = apps.get_model(place)
    fields = sealed_fields(model)
    with told():
        some = list(model._default_manager.select_for_update().filter(pk__gt=rotation.last).order_by("pk")[:CHUNK])
        for name in fields:
            _renew_texts([row for row in some if _is_old(row, name, rotation)], name)
        if some:
            model._default_manager.bulk_update(some, fields)
            _claim(rotation, now, len(some), place=place, last=some[-1].pk)
        else:
            after = next((label for label in labels if label > place), "-")
            _claim(rotation, now, 0, place=after, last=0)


def _is_old(row: models.Model, name: str, rotation: Rotation) -> bool:
    value = getattr(row, name)
    return value is not None and key_id(value) <= rotation.newest_key


def _renew_texts(rows: list[models.Model], name: str) -> None:
    """Opens and seals again; what belongs to an erased person stays as it is, for nobody can open it."""
    gone = set(Key.objects.filter(pk__in={key_id(getattr(row, name)) for row in rows}, state="destroyed").values_list("pk", flat=True))
    rows = [row for row in rows if key_id(getattr(row, name)) not in gone]
    for row, text in zip(rows, queries.open_texts(rows, name), strict=True):
        setattr(row, name, text)
    seal(rows, [name])


def _finish(rotation: Rotation, now: datetime) -> None:
    master.leave_in_file(set(Key.objects.exclude(state="destroyed").values_list("master", flat=True)))
    with told():
        _claim(rotation, now, 0, step="done", last=0, finished_at=now)
        ledger.record("vault.rotation_finished", by=rotation.by, about=[f"rotation:{rotation.pk}"], now=now)


def erase(subject: str, *, by: int | None, now: datetime) -> Entry:
    """Destroys every key of a subject: what was written with them can be read by nobody any more. The entry is the proof.

    A subject that never had a key gets none later either. Call `scrub` after the transaction.
    """
    with told():
        _leave_no_copy()
        Key.objects.filter(subject=subject).update(state="destroyed", wrapped="", master="")
        if not Key.objects.filter(subject=subject).exists():
            Key.objects.create(subject=subject, alg="", state="destroyed")
        entry = ledger.record("vault.erased", by=by, about=[subject], now=now)
    keys.forget()
    return entry


def renew_key(subject: str) -> list[int]:
    """A new key for what is written from now on; the ids of the older ones, which still open until they are dropped."""
    with transaction.atomic():
        old = list(Key.objects.select_for_update().filter(subject=subject).exclude(state="destroyed").values_list("pk", flat=True))
        Key.objects.filter(pk__in=old).update(state="retired")
        keys.make([subject])
    return old


def drop_keys(ids: Collection[int]) -> None:
    """Destroys keys that nothing is written with any more, in the caller's action: copies of what they wrote open for nobody."""
    _leave_no_copy()
    Key.objects.filter(pk__in=ids).update(state="destroyed", wrapped="", master="")


def _leave_no_copy() -> None:
    """SQLite overwrites with zeros what this connection deletes or shortens, instead of leaving it in free space."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete=ON").fetchall()


def scrub() -> None:
    """After an erasure has been committed: no old copy of the row stays in the database's own files. Not inside a transaction."""
    if connection.in_atomic_block:
        transaction.on_commit(scrub)
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        else:
            cursor.execute("VACUUM vault_key")
