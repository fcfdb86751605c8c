"""The rules that ship: known indicators, both languages, sentences that come true when the rule does, and enough of them."""

import itertools
import re

import pytest

from shouwang.analysis.indicators import load as load_indicators
from shouwang.analysis.rules import Bands, Rule, bands, because, holds, indicators_of, load_presets, sentence
from shouwang.analysis.rules.presets import GENERAL
from shouwang.analysis.rules.tree import Compare, Missing, leaves

PRESETS = load_presets()
RULES = [rule for rules in PRESETS.values() for rule in rules]
INDICATORS = load_indicators().by_name


def named(rule: Rule) -> str:
    return f"{rule.preset}:{rule.code}"


def test_at_least_forty_rules_thresholds_counting_once() -> None:
    general = {rule.family for name in GENERAL for rule in PRESETS[name]}
    assert len(general) >= 40
    assert set(PRESETS) == {*GENERAL, "hunan-safety", "wuhan-textile", "qufu-normal", "wannan-medical", "open-university"}
    assert min(len(PRESETS[name]) for name in GENERAL) >= 20


def test_codes_are_unique_within_a_preset() -> None:
    for rules in PRESETS.values():
        assert len({rule.code for rule in rules}) == len(rules)


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_a_rule_reads_known_indicators_and_speaks_two_languages(rule: Rule) -> None:
    assert set(rule.indicators) <= set(INDICATORS)
    assert re.search("[\u4e00-\u9fff]", rule.title) and not re.search("[\u4e00-\u9fff]", rule.title_en)
    assert rule.source and rule.playbook and rule.says
    assert sentence(rule.when, INDICATORS) and not re.search("[\u4e00-\u9fff]", sentence(rule.when, INDICATORS, "en"))


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_whenever_a_rule_fires_its_own_sentence_is_said(rule: Rule) -> None:
    """Values at and just beside every boundary: where the condition holds, a person's sentence stands there, not the generated one."""
    fired = 0
    for values in around(rule):
        if holds(rule.when, values):
            fired += 1
            full = {name: values.get(name, 7.0) for name in rule.indicators}
            for lang in ("zh", "en"):
                said = because(rule.when, rule.says, full, INDICATORS, lang)
                assert said and "{" not in said and "—" not in said
                if lang == "zh":
                    assert "（达到" not in said, "the generated wording was used"
    assert fired


def around(rule: Rule) -> list[dict[str, float | None]]:
    near: dict[str, set[float | None]] = {name: set() for name in indicators_of(rule.when)}
    for leaf in leaves(rule.when):
        if isinstance(leaf, Missing):
            near[leaf.indicator] |= {None, 1.0}
        if isinstance(leaf, Compare) and not isinstance(leaf.right, str):
            near[leaf.left] |= {float(leaf.right) + step for step in (-1.0, -0.1, 0.0, 0.1, 1.0)}
    return [dict(zip(near, values, strict=True)) for values in itertools.product(*near.values())]


def test_tiers_of_one_rule_never_fire_together() -> None:
    for rules in (PRESETS[name] for name in GENERAL):
        for _, family in itertools.groupby(rules, key=lambda rule: rule.family):
            tiers = list(family)
            for values in (values for tier in tiers for values in around(tier)):
                full: dict[str, float | None] = dict.fromkeys((name for tier in tiers for name in indicators_of(tier.when)), 0.0)
                assert sum(holds(tier.when, full | values) is True for tier in tiers) <= 1, tiers[0].family


def test_bands() -> None:
    found = bands()
    assert [found.level(score) for score in (0, 9, 10, 39, 40, 79, 80, 139, 140)] == [0, 0, 1, 1, 2, 2, 3, 3, 4]
    assert Bands(()).level(999) == 0


def test_fingerprints_tell_numbers_from_words() -> None:
    from dataclasses import replace

    rule = RULES[0]
    assert replace(rule, title="别的名字").fingerprint == rule.fingerprint
    assert replace(rule, title="别的名字").text_fingerprint != rule.text_fingerprint
    assert replace(rule, weight=rule.weight + 1).fingerprint != rule.fingerprint
