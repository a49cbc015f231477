"""Results as something to read: one self-contained page, in plain words, from plain data."""

from lacunet.report._arrays import compare_draws, find_patterns
from lacunet.report._content import (
    LALL_ROBINSON_2022,
    RUBIN_1987,
    VAN_BUUREN_2011,
    CategoryComparison,
    CodeRow,
    FitRecord,
    ImputationPage,
    NumberComparison,
    PageCommands,
    PageFigure,
    PageFinding,
    PageModels,
    PageTable,
    PageTopic,
    Patterns,
    VariableRow,
    cite_software,
)
from lacunet.report.page import render_imputation_page, write_imputation_page

__all__ = [
    "LALL_ROBINSON_2022",
    "RUBIN_1987",
    "VAN_BUUREN_2011",
    "CategoryComparison",
    "CodeRow",
    "FitRecord",
    "ImputationPage",
    "NumberComparison",
    "PageCommands",
    "PageFigure",
    "PageFinding",
    "PageModels",
    "PageTable",
    "PageTopic",
    "Patterns",
    "VariableRow",
    "cite_software",
    "compare_draws",
    "find_patterns",
    "render_imputation_page",
    "write_imputation_page",
]
