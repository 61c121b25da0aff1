"""Results and predictions -> Analysis: raw numbers and verdict words."""

from report.analyse.run import analyse
from report.analyse.types import Analysis, CaseAnalysis, ModelAnalysis

__all__ = ["Analysis", "CaseAnalysis", "ModelAnalysis", "analyse"]
