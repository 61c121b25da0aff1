"""Nearest neighbors, found once or more quickly, where the answers are scikit-learn's."""
