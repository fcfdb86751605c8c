"""What somebody chooses within what the tiers allow."""

from collections.abc import Collection
from datetime import datetime, time

from shouwang.common.reader import Reader
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.notifications import channels, policies
from shouwang.work.notifications.models import Muted, Preference


class CannotChoose(Exception):
    """Why a choice is refused; the sentence is for people."""


def choose(
    *,
    first: str,
    digest_at: time,
    quiet_from: time,
    quiet_until: time,
    outside_hours: bool,
    muted: Collection[tuple[str, str]],
    by: Reader,
    now: datetime,
) -> Preference:
    """`muted`: (tier, channel). CannotChoose when a tier forbids it."""
    personal = {code for code, way in channels.everything().items() if not way.groups}
    if why := policies.why_not_choose(
        first=first, muted=muted, personal=personal, open_ways=set(channels.in_use()), quiet=(quiet_from, quiet_until), lang=by.lang
    ):
        raise CannotChoose(why)
    given = {"first": first, "digest_at": digest_at, "quiet_from": quiet_from, "quiet_until": quiet_until, "outside_hours": outside_hours}
    with told():
        chosen = Preference.objects.filter(account=by.account_id).first() or Preference(account_id=by.account_id)
        for name, value in given.items():
            setattr(chosen, name, value)
        chosen.set_at = now
        chosen.save()
        Muted.objects.filter(account=by.account_id).delete()
        Muted.objects.bulk_create([Muted(account_id=by.account_id, tier=tier, channel=code) for tier, code in sorted(set(muted))])
        ledger.record("notifications.preferences_set", by=by.account_id, about=[f"account:{by.account_id}"], now=now)
    return chosen
