"""Draws an Analysis: each chart is a picture, and the same facts in words and numbers."""

from tunecard.report.charts.base import Chart, Drawing, Sheet, Tile
from tunecard.report.charts.budget import budget_curve
from tunecard.report.charts.calibration import calibration
from tunecard.report.charts.classes import class_change
from tunecard.report.charts.coefficients import coefficients_chart
from tunecard.report.charts.column_errors import column_errors
from tunecard.report.charts.confusion import confusion_change, confusion_matrix
from tunecard.report.charts.contact import contact_sheet
from tunecard.report.charts.curves import precision_chart, roc_chart
from tunecard.report.charts.error_curve import error_curve
from tunecard.report.charts.error_groups import error_groups
from tunecard.report.charts.errors import error_gallery
from tunecard.report.charts.fit import predicted_chart, residuals_chart
from tunecard.report.charts.gain import gain_steps
from tunecard.report.charts.kernel import machine_speed
from tunecard.report.charts.latency import latency
from tunecard.report.charts.progress import search_progress
from tunecard.report.charts.quality import metric_change
from tunecard.report.charts.search import search_chart
from tunecard.report.charts.seeds import seeds_chart
from tunecard.report.charts.times import time_samples
from tunecard.report.charts.tradeoff import quality_against_cost
from tunecard.report.charts.weights import weight_images

__all__ = [
    "Chart",
    "Drawing",
    "Sheet",
    "Tile",
    "budget_curve",
    "calibration",
    "class_change",
    "coefficients_chart",
    "column_errors",
    "confusion_change",
    "confusion_matrix",
    "contact_sheet",
    "error_curve",
    "error_gallery",
    "error_groups",
    "gain_steps",
    "latency",
    "machine_speed",
    "metric_change",
    "precision_chart",
    "predicted_chart",
    "quality_against_cost",
    "residuals_chart",
    "roc_chart",
    "search_chart",
    "search_progress",
    "seeds_chart",
    "time_samples",
    "weight_images",
]
