"""The Open University data set (OULAD) through the same standard, the same door and the same rules as any school's files."""

from shouwang.front.pipeline.oulad.judging import Outcome, judge
from shouwang.front.pipeline.oulad.loading import load
from shouwang.front.pipeline.oulad.source import NotOulad, Source

__all__ = ["NotOulad", "Outcome", "Source", "judge", "load"]
