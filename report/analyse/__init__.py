"""Results and predictions -> Analysis: raw numbers and verdict words."""

from tunecard.report.analyse.run import analyse
from tunecard.report.analyse.types import Analysis, CaseAnalysis, ModelAnalysis

__all__ = ["Analysis", "CaseAnalysis", "ModelAnalysis", "analyse"]
