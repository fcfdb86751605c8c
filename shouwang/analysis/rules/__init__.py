"""Rules over indicators: one condition tree, three readings (SQL for all, Python for one, a sentence for people) that must agree."""

from shouwang.analysis.rules.language import parse, to_text, typed
from shouwang.analysis.rules.presets import DOMAINS, Rule, bands, load_presets
from shouwang.analysis.rules.readings import holds, to_sql
from shouwang.analysis.rules.refusals import Refused
from shouwang.analysis.rules.sentences import Says, because, sentence, spoken_of, unreadable
from shouwang.analysis.rules.tree import All, Any, Compare, Missing, Node, Not, indicators_of
from shouwang.analysis.rules.verdicts import Bands, score_sql, unknown_sql, verdict_sql

__all__ = [
    "All",
    "Any",
    "Bands",
    "Compare",
    "DOMAINS",
    "Missing",
    "Node",
    "Not",
    "Refused",
    "Rule",
    "Says",
    "bands",
    "because",
    "holds",
    "indicators_of",
    "load_presets",
    "parse",
    "score_sql",
    "sentence",
    "spoken_of",
    "to_sql",
    "to_text",
    "typed",
    "unknown_sql",
    "unreadable",
    "verdict_sql",
]
