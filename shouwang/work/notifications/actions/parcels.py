"""What leaves the product: the message in the person's language, or their digest, with a link behind which everything else stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings

from shouwang.work.notifications.channels import Channel, Parcel
from shouwang.work.notifications.models import Delivery
from shouwang.work.notifications.policies import pick

LISTED = 8  # titles in a digest


@dataclass(frozen=True, slots=True)
class Errand:
    rows: Sequence[Delivery]
    parcel: Parcel


def errand(channel: Channel, rows: Sequence[Delivery]) -> Errand:
    """One parcel for deliveries that go out together: one, or somebody's digest."""
    first = rows[0]
    account = first.receipt.account if first.receipt is not None else None
    lang = "en" if account is not None and account.language == "en" else "zh"
    title, text = _digest(rows, lang) if len(rows) > 1 else _single(first, lang)
    parcel = Parcel(
        key=key_of(rows),
        address=channel.address(account) if account is not None or channel.groups else "",
        title=title,
        text=text,
        url=_link(rows),
        lang=lang,
        crisis=first.rank == 0,
    )
    return Errand(rows, parcel)


def key_of(rows: Sequence[Delivery]) -> str:
    """The same messages together have the same key, however often they are tried."""
    return str(rows[0].uuid if len(rows) == 1 else uuid5(NAMESPACE_URL, " ".join(sorted(str(row.uuid) for row in rows))))


def _single(row: Delivery, lang: str) -> tuple[str, str]:
    """A repetition says which one it is: gateways swallow what looks the same."""
    message = row.message
    title = pick(lang, message.title, message.title_en)
    if row.round:
        title += pick(lang, f"（第 {row.round + 1} 次提醒）", f" (reminder {row.round + 1})")
    if message.tier == "crisis":
        title = pick(lang, f"【紧急】{title}", f"[Urgent] {title}")
    body = pick(lang, message.body, message.body_en)
    return title, body if settings.ADDRESS else body + pick(
        lang, f"（编号 {message.pk}，请登录守望查看）", f" (no. {message.pk}: please sign in)"
    )


def _digest(rows: Sequence[Delivery], lang: str) -> tuple[str, str]:
    titles = list(dict.fromkeys(pick(lang, row.message.title, row.message.title_en) for row in rows))
    lines = [pick(lang, f"· {title}", f"- {title}") for title in titles[:LISTED]]
    if len(titles) > LISTED:
        lines.append(pick(lang, f"· 还有 {len(titles) - LISTED} 种", f"- {len(titles) - LISTED} more"))
    return pick(lang, f"您有 {len(rows)} 条新消息", f"You have {len(rows)} new messages"), "\n".join(lines)


def _link(rows: Sequence[Delivery]) -> str:
    """Through the person's own list, so that opening it counts as read; for a group, to the matter itself."""
    first = rows[0]
    if not settings.ADDRESS:
        return ""
    if first.receipt_id is None:
        return f"{settings.ADDRESS}{first.message.url}"
    return f"{settings.ADDRESS}/notices/" if len(rows) > 1 else f"{settings.ADDRESS}/notices/{first.message_id}/go/"
