"""The survey of the demo: adults of the NIST excerpt, and a rule by which some of their answers are hidden."""

import pandas as pd

from lacunet.data import nist_path

ADULT = 18
LEFT_OUT = ("INDP", "PINCP_DECILE", "DVET", "WGTP")
"""INDP is INDP_CAT in finer codes and PINCP_DECILE is PINCP in coarser ones: either would tell a hidden answer."""

HIDDEN = (("PINCP", 0.30), ("EDU", 0.15), ("MSP", 0.10), ("POVPIP", 0.15), ("OWN_RENT", 0.10), ("DPHY", 0.15))
"""Variables of which answers are hidden, and the share of them."""

NOT_APPLICABLE = "N"


def sample_adults(n_rows: int, seed: int) -> pd.DataFrame:
    """Draw adults from the excerpt; difficulty walking (DPHY) becomes 1 yes, 0 no.

    Parameters
    ----------
    n_rows
        How many persons.
    seed
        Decides which.

    Returns
    -------
    pandas.DataFrame
        Numbers as numbers; a column keeps the code N as text where it does not apply to an adult.
    """
    text = pd.read_csv(nist_path(), dtype=str, keep_default_na=False)
    adults = text[text["AGEP"].astype(int) >= ADULT].drop(columns=list(LEFT_OUT))
    sample = adults.sample(n=min(n_rows, len(adults)), random_state=seed).reset_index(drop=True)
    numbers = {name: _as_numbers(sample[name]) for name in sample.columns}
    return pd.DataFrame(numbers).assign(DPHY=(sample["DPHY"] == "1").astype(float))


def _as_numbers(column: pd.Series) -> pd.Series:
    if (column == NOT_APPLICABLE).any() or not column.str.fullmatch(r"-?\d+(\.\d+)?").all():
        return column
    return pd.to_numeric(column)


def hide_answers(survey: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Hide answers at random given age and sex, both of which stay known (missing at random).

    Men, and people of 35 to 64, hide more; both earn more, so that the known answers alone mislead about income.

    Parameters
    ----------
    survey
        What ``sample_adults`` returned; it is left as it is.
    seed
        Decides which answers.

    Returns
    -------
    pandas.DataFrame
        The survey with empty cells. What does not apply stays.
    """
    holed = survey.copy()
    is_man, is_middle = survey["SEX"] == 1, survey["AGEP"].between(35, 64)
    weight = 1.0 + 1.5 * is_man + 2.0 * is_middle
    for position, (name, share) in enumerate(HIDDEN):
        applies = survey[name] != NOT_APPLICABLE
        hidden = survey[applies].sample(frac=share, weights=weight[applies], random_state=seed + 1 + position).index
        holed.loc[hidden, name] = None
    return holed
