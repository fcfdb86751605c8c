"""Publishing rules. A rule is never edited: each edit is the next version, and the one before stays readable for ever."""

from collections.abc import Sequence
from datetime import datetime

from shouwang.analysis import indicators
from shouwang.analysis.rules import Rule, load_presets, to_text
from shouwang.common.reader import Reader
from shouwang.trust.access.policies import why_not
from shouwang.trust.ledger import actions as ledger
from shouwang.trust.ledger.guard import told
from shouwang.work.alerts.models import RuleReason, RuleVersion


class CannotPublish(Exception):
    """Why a rule can not be published, in Chinese, with the remedy."""


def publish_rule(*, rule: Rule, by: Reader | None, now: datetime) -> RuleVersion:
    """Puts a rule in force as the next version of its code. Unchanged rules are not published twice: the version in force is returned.

    `by` None is the platform at set-up. CannotPublish with the reason.
    """
    _check(by)
    with told():
        row = _publish([rule], now, by)[0]
        ledger.record("alerts.rule_published", by=_account(by), about=[f"rule:{row.code}"], now=now, digest=row.fingerprint)
    return row


def retire_rule(*, code: str, by: Reader | None, now: datetime) -> None:
    """Takes a rule out of force. Its alerts are withdrawn by the next run. CannotPublish when it is not in force."""
    _check(by)
    with told():
        if not RuleVersion.objects.filter(code=code, retired_at=None).update(retired_at=now):
            raise CannotPublish(f"规则 {code} 没有在用，不需要停用。请刷新页面查看最新状态。")
        ledger.record("alerts.rule_retired", by=_account(by), about=[f"rule:{code}"], now=now)


def install_presets(*, preset: str, by: Reader | int | None, now: datetime) -> int:
    """Puts a preset's rules in force and returns how many; a rule the school has edited since stays as the school wrote it.

    `by` may be the account that sets the school up, before anybody has a role. CannotPublish for an unknown preset.
    """
    _check(by)
    presets = load_presets()
    if preset not in presets:
        raise CannotPublish(f"没有名为 {preset} 的预设。可用的预设：{'、'.join(sorted(presets))}。")
    own = set(RuleVersion.objects.filter(retired_at=None, preset="").values_list("code", flat=True))
    with told():
        rows = _publish([rule for rule in presets[preset] if rule.code not in own], now, by)
        ledger.record("alerts.preset_installed", by=_account(by), about=[f"rule:{row.code}" for row in rows], now=now, content=preset)
    return len(rows)


def _publish(rules: Sequence[Rule], now: datetime, by: Reader | int | None) -> list[RuleVersion]:
    masks = {name: indicators.load().indicator(name).categories for name in indicators.load().names}
    codes = [rule.code for rule in rules]
    before: dict[str, RuleVersion] = {}
    for row in RuleVersion.objects.select_for_update().filter(code__in=codes).order_by("pk"):
        before[row.code] = row
    rows, new, reasons = [], [], []
    for rule in rules:
        old = before.get(rule.code)
        if old and old.retired_at is None and (old.fingerprint, old.text_fingerprint) == (rule.fingerprint, rule.text_fingerprint):
            rows.append(old)
            continue
        row = _row(rule, masks, old.version + 1 if old else 1, now, by)
        rows.append(row)
        new.append(row)
        reasons += [
            RuleReason(rule=row, position=at, zh=says.zh, en=says.en, condition=to_text(says.when) if says.when else "")
            for at, says in enumerate(rule.says)
        ]
    RuleVersion.objects.filter(code__in=[row.code for row in new], retired_at=None).update(retired_at=now)
    RuleVersion.objects.bulk_create(new)
    RuleReason.objects.bulk_create(reasons)
    return rows


def _row(rule: Rule, masks: dict[str, int], version: int, now: datetime, by: Reader | int | None) -> RuleVersion:
    unknown = [name for name in rule.indicators if name not in masks]
    if unknown:
        raise CannotPublish(f"规则 {rule.code} 用到了没有定义的指标：{'、'.join(unknown)}。请从指标一览中选择。")
    return RuleVersion(
        code=rule.code,
        version=version,
        title=rule.title,
        title_en=rule.title_en,
        condition=rule.text,
        level=rule.level,
        weight=rule.weight,
        domain=rule.domain,
        playbook=rule.playbook,
        preset=rule.preset,
        source=rule.source,
        family=rule.family,
        categories=int(rule.categories(masks)),
        fingerprint=rule.fingerprint,
        text_fingerprint=rule.text_fingerprint,
        published_at=now,
        published_by_id=_account(by),
    )


def _check(by: Reader | int | None) -> None:
    if isinstance(by, Reader) and (reason := why_not(by, "rules_edit")):
        raise CannotPublish(reason)


def _account(by: Reader | int | None) -> int | None:
    return by.account_id if isinstance(by, Reader) else by
