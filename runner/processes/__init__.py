"""Processes of our own: how they start, what they may see, and how they end."""
