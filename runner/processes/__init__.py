"""Processes of our own: how they start, what they inherit, and how they end."""
