"""Results and predictions -> Analysis: raw numbers and verdict words."""

from tunecard.report.analyze.run import analyze
from tunecard.report.analyze.types import Analysis, CaseAnalysis, ModelAnalysis

__all__ = ["Analysis", "CaseAnalysis", "ModelAnalysis", "analyze"]
