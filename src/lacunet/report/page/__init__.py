"""One self-contained page about a set of imputations: sections, style sheet, and a write that leaves no half file."""

from lacunet.report.page._render import render_imputation_page, write_imputation_page

__all__ = ["render_imputation_page", "write_imputation_page"]
