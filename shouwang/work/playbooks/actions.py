"""Publishing procedures. An edit is the next version; open cases keep theirs."""

from collections.abc import Iterable
from datetime import datetime

from shouwang.common.reader import Reader
from shouwang.trust.access.policies import why_not
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.playbooks.models import PlaybookVersion, Step, StepAfter, StepDecision, StepRole
from shouwang.work.playbooks.policies import VERSION, Problem, problems
from shouwang.work.playbooks.procedure import Procedure
from shouwang.work.playbooks.reading import shipped


class CannotPublish(Exception):
    """Why a procedure cannot be published: a sentence for people, and every problem by step and field."""

    def __init__(self, message: str, found: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = list(found)


def publish(*, procedure: Procedure, by: Reader | int | None, now: datetime, shipped: bool = False) -> PlaybookVersion:
    """Puts a procedure in force as the next version of its code; an unchanged one is not published twice. CannotPublish with the reasons."""
    zh = not isinstance(by, Reader) or by.lang == "zh"
    if reason := _refused("publish", by):
        raise CannotPublish(reason)
    if found := problems(procedure):
        raise CannotPublish(("；" if zh else " ").join(one.zh if zh else one.en for one in found), found)
    with told():
        before = PlaybookVersion.objects.select_for_update().filter(code=procedure.code).order_by("-version").first()
        same = (procedure.fingerprint, procedure.text_fingerprint)
        if before and before.retired_at is None and (before.fingerprint, before.text_fingerprint) == same:
            ledger.record("playbooks.unchanged", by=_account(by), about=[f"playbook:{procedure.code}"], now=now, digest=before.fingerprint)
            return before
        _retire(procedure.code, "replace", now)
        row = _write(procedure, before.version + 1 if before else 1, by, now, shipped)
        ledger.record("playbooks.published", by=_account(by), about=[f"playbook:{row.code}"], now=now, digest=row.fingerprint)
    return row


def retire(*, code: str, by: Reader, now: datetime) -> None:
    """No case begins with it any more; those under way go on. CannotPublish when it is not in force."""
    if reason := _refused("retire", by):
        raise CannotPublish(reason)
    with told():
        if not _retire(code, "retire", now):
            raise CannotPublish("这个流程没有在用，请刷新页面。" if by.lang == "zh" else "This procedure is not in force; reload the page.")
        ledger.record("playbooks.retired", by=by.account_id, about=[f"playbook:{code}"], now=now)


def _retire(code: str, move: str, now: datetime) -> int:
    """The version of this code that is in force is so no more; how many were."""
    found = PlaybookVersion.objects.filter(code=code, retired_at=None)
    return found.update(retired_at=now) if "in_force" in VERSION.before(move) else 0


def _refused(move: str, by: Reader | int | None) -> str | None:
    reason = why_not(by, "playbooks_edit") if isinstance(by, Reader) else None
    actors = {"machine"} if not isinstance(by, Reader) else set() if reason else {"editor"}
    return reason or VERSION.why_not_by(move, actors=actors)


def install(*, by: int | None, now: datetime) -> int:
    """Puts the catalogue's procedures in force; one the school has edited stays as the school wrote it. Returns how many are new or renewed."""
    own = set(PlaybookVersion.objects.filter(retired_at=None, is_shipped=False).values_list("code", flat=True))
    retired = set(PlaybookVersion.objects.values_list("code", flat=True)) - set(
        PlaybookVersion.objects.filter(retired_at=None).values_list("code", flat=True)
    )
    known = {(row.code, row.fingerprint, row.text_fingerprint) for row in PlaybookVersion.objects.filter(retired_at=None)}
    due = [one for one in shipped().values() if one.code not in own | retired]
    due = [one for one in due if (one.code, one.fingerprint, one.text_fingerprint) not in known]
    for one in due:
        publish(procedure=one, by=by, now=now, shipped=True)
    return len(due)


def _write(given: Procedure, number: int, by: Reader | int | None, now: datetime, is_shipped: bool) -> PlaybookVersion:
    row = PlaybookVersion.objects.create(
        code=given.code,
        version=number,
        title=given.title,
        title_en=given.title_en,
        about=given.about,
        about_en=given.about_en,
        domain=given.domain,
        lead=given.lead,
        lead_instead=" ".join(given.lead_instead),
        supervisor=given.supervisor,
        approval=given.approval,
        kinds=" ".join(given.kinds),
        source=given.source,
        is_shipped=is_shipped,
        fingerprint=given.fingerprint,
        text_fingerprint=given.text_fingerprint,
        published_at=now,
        published_by_id=_account(by),
    )
    _write_steps(row, given)
    return row


def _write_steps(row: PlaybookVersion, given: Procedure) -> None:
    same = ("code", "title", "title_en", "how", "how_en", "responsible", "within", "clock", "output", "ladder")
    made = {}
    for at, plan in enumerate(given.steps):
        values = {name: getattr(plan, name) for name in same}
        made[plan.code] = Step.objects.create(playbook=row, position=at, kinds=" ".join(plan.kinds), **values)
    for plan in given.steps:
        step = made[plan.code]
        listed = [("D", plan.instead), ("C", plan.consulted), ("I", plan.informed)]
        StepRole.objects.bulk_create(
            [
                StepRole(step=step, part=part, role=role, position=at)
                for part, roles in listed
                for at, role in enumerate(dict.fromkeys(roles))
            ]
        )
        StepDecision.objects.bulk_create(
            [
                StepDecision(step=step, position=at, code=one.code, title=one.title, title_en=one.title_en)
                for at, one in enumerate(plan.decisions)
            ]
        )
        StepAfter.objects.bulk_create(
            [StepAfter(step=step, before=made.get(one.step), decision=one.decision, position=at) for at, one in enumerate(plan.after)]
        )


def _account(by: Reader | int | None) -> int | None:
    return by.account_id if isinstance(by, Reader) else by
