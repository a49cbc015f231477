"""Run the code of docs/emotion-at-the-united-nations.md and keep its figures.

python docs/figures/emotion_at_the_united_nations.py, with the folder in LACUNET_DATA that holds
text/ungdc_1946_2024.jsonl.gz. See _page.py for --check and what it compares.
"""

import sys

from _page import main

FIGURES = {
    "un_expansion.png": "expansion_figure",
    "un_years.png": "years_figure",
    "un_members.png": "members_figure",
}
FILES = {"ungdc_1946_2024.jsonl.gz": "text/ungdc_1946_2024.jsonl.gz"}

if __name__ == "__main__":
    sys.exit(main("emotion-at-the-united-nations.md", FIGURES, files=FILES))
