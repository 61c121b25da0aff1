"""Draws an Analysis: each chart is a picture, and the same facts in words and numbers."""

from report.charts.base import Chart
from report.charts.confusion import confusion_change, confusion_matrix
from report.charts.quality import metric_change
from report.charts.search import search_chart
from report.charts.times import time_samples

__all__ = [
    "Chart",
    "confusion_change",
    "confusion_matrix",
    "metric_change",
    "search_chart",
    "time_samples",
]
