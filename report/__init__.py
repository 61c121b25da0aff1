"""Reads results; never fits a model.

The only thing it takes from the other package is the contract,
:mod:`tunecard.runner.schema`.
"""
