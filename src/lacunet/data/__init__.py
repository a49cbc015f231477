"""The survey that ships with lacunet, for the demo, the docs and the tests.

27,253 persons and 24 variables of the American Community Survey 2019, in the national excerpt that the
U.S. National Institute of Standards and Technology curated (https://github.com/usnistgov/SDNist). A work
of the U.S. government, in the public domain. The code ``N`` stands for *not applicable*: no income under
age 15, no industry without a job, no family size in group quarters.
"""

import json
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


def nist_path() -> Path:
    """Say where the NIST excerpt of the American Community Survey 2019 lies.

    Returns
    -------
    Path
        A CSV file, to be read and not written.

    References
    ----------
    NIST (2023), *Diverse Community Excerpts of the American Community Survey*, https://github.com/usnistgov/SDNist.

    Examples
    --------
    >>> from lacunet.data import nist_path
    >>> nist_path().read_text(encoding="utf-8")[:20]
    'PUMA,AGEP,SEX,MSP,HI'
    """
    return _HERE / "nist_acs_2019.csv"


def nist_dictionary() -> dict[str, dict[str, Any]]:
    """Read the dictionary of the NIST excerpt: what each variable asks and what its codes mean.

    Returns
    -------
    dict
        Column name to ``{"description": ..., "values": {code: meaning}}``.

    Examples
    --------
    >>> from lacunet.data import nist_dictionary
    >>> nist_dictionary()["SEX"]["values"]["2"]
    'Female'
    """
    text = (_HERE / "nist_acs_2019_dictionary.json").read_text(encoding="utf-8")
    dictionary: dict[str, dict[str, Any]] = json.loads(text)
    return dictionary
