"""Indicators: what can be measured of every student, from facts alone, with null where nothing is known."""

from shouwang.analysis.indicators.compute import compute, evidence, record_peers, wide_sql
from shouwang.analysis.indicators.definitions import Area, BadIndicator, Indicator, Indicators, load

__all__ = ["Area", "BadIndicator", "Indicator", "Indicators", "compute", "evidence", "load", "record_peers", "wide_sql"]
