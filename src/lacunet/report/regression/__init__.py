"""Regression tables as journals print them: plain content in, LaTeX, Markdown, HTML or Word out."""

from lacunet.report.regression._content import ModelColumn, RegressionTable, Show
from lacunet.report.regression._html import to_html
from lacunet.report.regression._latex import to_latex
from lacunet.report.regression._markdown import to_markdown
from lacunet.report.regression._names import read_term
from lacunet.report.regression._word import to_word

__all__ = [
    "ModelColumn",
    "RegressionTable",
    "Show",
    "read_term",
    "to_html",
    "to_latex",
    "to_markdown",
    "to_word",
]
