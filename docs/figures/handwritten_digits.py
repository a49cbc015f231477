"""Run the code of docs/handwritten-digits.md and keep its figures: python docs/figures/handwritten_digits.py.

What the page's code prints is printed, so that the page can be compared with it.
"""

import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE = HERE.parent / "handwritten-digits.md"
FIGURES = {
    "digits_portraits.png": "portraits",
    "digits_copies.png": "copies",
    "digits_curves.png": "three",
    "digits_games.png": "side_by_side",
}
"""File, and the name under which the page's code has the figure."""


def run_page() -> dict[str, Any]:
    """Run the blocks of the page one after the other; what they leave behind."""
    blocks = re.findall(r"^```py\n(.*?)^```", PAGE.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {"__name__": "__page__"}
    for number, block in enumerate(blocks, 1):
        exec(compile(block, f"{PAGE.name}, block {number}", "exec"), names)
    return names


def main() -> None:
    """Run the page, and write the figures beside this file, without the date of the run."""
    names = run_page()
    for name, variable in FIGURES.items():
        names[variable].savefig(HERE / name, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
