"""Works to cite for à la carte embeddings."""

from lacunet.measures._works import KHODAK_2018, RODRIGUEZ_2023, cite


def works_to_cite() -> str:
    """Works to cite, one a line."""
    return cite(KHODAK_2018, RODRIGUEZ_2023)
