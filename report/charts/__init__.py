"""Draws an Analysis: each chart is a picture, and the same facts in words and numbers."""

from report.charts.base import Chart, Drawing, Sheet, Tile
from report.charts.calibration import calibration
from report.charts.classes import class_change
from report.charts.confusion import confusion_change, confusion_matrix
from report.charts.contact import contact_sheet
from report.charts.kernel import machine_speed
from report.charts.latency import latency
from report.charts.progress import search_progress
from report.charts.quality import metric_change
from report.charts.search import search_chart
from report.charts.seeds import seeds_chart
from report.charts.times import time_samples
from report.charts.tradeoff import quality_against_cost
from report.charts.weights import weight_images

__all__ = [
    "Chart",
    "Drawing",
    "Sheet",
    "Tile",
    "calibration",
    "class_change",
    "confusion_change",
    "confusion_matrix",
    "contact_sheet",
    "latency",
    "machine_speed",
    "metric_change",
    "quality_against_cost",
    "search_chart",
    "search_progress",
    "seeds_chart",
    "time_samples",
    "weight_images",
]
