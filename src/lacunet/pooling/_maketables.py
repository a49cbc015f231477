"""What maketables asks a result for, so that its `ETable` takes ours like any other; the package itself is not needed.

References
----------
maketables, "Plug-in Format", https://github.com/py-econometrics/maketables/blob/main/PLUGIN_EXTRACTOR_FORMAT.md
"""

import pandas as pd

from lacunet.pooling._result import Result

NAMES = {
    "estimate": "b",
    "std_error": "se",
    "statistic": "t",
    "p_value": "p",
    "conf_low": "ci95l",
    "conf_high": "ci95u",
    "df": "df",
    "fmi": "fmi",
}
LABELS = {"fmi": "Largest FMI", "model": "Model"}


class MakeTables:
    """The reading side of a pooled result for maketables: ``maketables.ETable([pooled_a, pooled_b])``.

    maketables looks for these names on any object; nothing is registered and nothing imported. Its default stars are
    .10, .05 and .01, and it says nothing of Rubin's rules: say so in its ``notes``, or use ``Pooled.to_latex``.
    """

    __slots__ = ()

    sets = "Imputations"
    why = ""

    @property
    def __maketables_coef_table__(self: Result) -> pd.DataFrame:
        """Coefficients by name: b, se, t, p, 95 % bounds, degrees of freedom, fraction of missing information."""
        table = self.table(0.95)
        frame = table[[name for name in NAMES if name in table]].rename(columns=NAMES)
        frame.index = pd.Index(table["term"].astype(str), name="Coefficient")
        return frame

    def __maketables_stat__(self: Result, key: str) -> float | int | str | None:
        """One statistic of the model; None for what it does not have."""
        if key == "fmi":
            table = self.table()
            return float(table["fmi"].max()) if "fmi" in table else None
        known = {"N": self.n_obs, "m": self.m, "model": self.model or None, "se_type": self.cov or None}
        return known.get(key)

    @property
    def __maketables_depvar__(self: Result) -> str:
        """Left side of the formula."""
        return self.formula.partition("~")[0].strip() or "Estimates"

    @property
    def __maketables_stat_labels__(self: Result) -> dict[str, str]:
        """What to call the statistics that maketables does not know."""
        return {"m": self.sets, **LABELS}

    @property
    def __maketables_default_stat_keys__(self) -> list[str]:
        """Statistics to show unasked."""
        return ["N", "m"]
