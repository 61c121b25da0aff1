"""Results and predictions -> Analysis: raw numbers and verdict words."""
