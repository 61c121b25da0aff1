"""Intervals, tests and verdict words: pure functions of numbers."""
