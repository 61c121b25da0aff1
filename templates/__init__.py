"""Words and looks; no arithmetic, no thresholds. README.md tells how they fit together."""
