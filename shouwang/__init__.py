"""Shouwang (守望): a school notices in time that a student is in difficulty, and acts together until the student is safe."""

__version__ = "0.1.0"
