"""Measures; never formats.

This package runs a study and writes what it measured as one folder of
results. It imports nothing here, so that reading a result
(:mod:`tunecard.runner.schema`) never loads scikit-learn.
"""
