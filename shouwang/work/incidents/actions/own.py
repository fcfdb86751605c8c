"""The school's own categories: added and retired, never changed, so that old reports keep their meaning."""

from collections.abc import Collection
from datetime import datetime

from shouwang.common.categories import Category
from shouwang.common.reader import Reader
from shouwang.trust.access.policies import why_not
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.incidents.actions.steps import CannotAct
from shouwang.work.incidents.models import OwnCategory
from shouwang.work.incidents.network import load
from shouwang.work.incidents.policies import pick, why_not_own
from shouwang.work.incidents.queries.categories import kinds


def add(
    *, title: str, title_en: str, urgency: str, departments: Collection[str], skips: bool, mask: int, by: Reader, now: datetime
) -> OwnCategory:
    """CannotAct with the reason. `mask`: what one must be allowed to know to read such a report."""
    if refused := why_not(by, "incident_categories"):
        raise CannotAct(refused)
    known = {name for one in kinds().values() for name in (one.zh, one.en)}
    if why := why_not_own(title=title, urgency=urgency, within_known=known, lang=by.lang):
        raise CannotAct(why)
    if set(departments) - set(load().departments):
        raise CannotAct(pick(by.lang, "没有这个部门，请刷新页面。", "There is no such department; please reload."))
    with told():
        row = OwnCategory.objects.create(
            code=f"own-{OwnCategory.objects.count() + 1}",
            title=title.strip(),
            title_en=title_en.strip()[:40],
            urgency=urgency,
            departments=" ".join(sorted(departments)),
            skips=skips,
            mask=mask | int(Category.identity | Category.incident),
            added_by_id=by.account_id,
            added_at=now,
        )
        ledger.record("incidents.category_added", by=by.account_id, about=[f"incident_category:{row.pk}"], now=now)
    return row


def retire(*, code: str, by: Reader, now: datetime) -> None:
    """Not offered any more; reports keep it. CannotAct with the reason."""
    if refused := why_not(by, "incident_categories"):
        raise CannotAct(refused)
    row = OwnCategory.objects.filter(code=code, retired_at=None).first()
    if row is None:
        raise CannotAct(pick(by.lang, "没有这一类，或已经停用。", "There is no such category, or it is retired."))
    with told():
        row.retired_at = now
        row.save()
        ledger.record("incidents.category_retired", by=by.account_id, about=[f"incident_category:{row.pk}"], now=now)
