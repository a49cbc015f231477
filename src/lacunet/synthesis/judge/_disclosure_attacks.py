"""An attack as a measure: its successes beside those on others, with other releases and without any."""

import pandas as pd

from lacunet.synthesis.judge._disclosure_rates import Rate, excess_risk
from lacunet.synthesis.judge._measure import Measure

NAMES = {
    "value": "synthetic",
    "floor": "real half",
    "independent": "independent columns",
    "control": "control: people the generator never saw",
    "blind": "blind guesses",
}


def attack_measure(name: str, title: str, success: str, rates: dict[str, Rate]) -> Measure:
    """Write the successes of an attack as a measure, with its excess over the control.

    Parameters
    ----------
    name, title
        Of the measure.
    success
        What is counted, as a phrase after "of 500".
    rates
        By role: value, floor, independent, blind, and control where there is one.

    Returns
    -------
    Measure
        In per cent; its details have a row a role, and the excess risk with its interval for the synthetic rows.
    """
    details = pd.DataFrame(
        [
            {
                "release": NAMES[role],
                "success": 100 * rate.share,
                "low": 100 * rate.low,
                "high": 100 * rate.high,
                "attacks": rate.n,
            }
            for role, rate in rates.items()
        ]
    )
    attack = rates["value"]
    if not attack.n:
        sentence = "Nothing to attack with: no description fits exactly one released row."
        return Measure(
            area="disclosure", name=name, title=title, value=float("nan"), sentence=sentence, details=details, unit="%"
        )
    against = "control" if "control" in rates else "floor"
    risk = excess_risk(attack, rates[against])
    details["excess"] = [risk.value if role == "value" else float("nan") for role in rates]
    details["excess_low"] = [risk.low if role == "value" else float("nan") for role in rates]
    details["excess_high"] = [risk.high if role == "value" else float("nan") for role in rates]
    beyond = "success against people the generator never saw" if against == "control" else "a release of real rows"
    return Measure(
        area="disclosure",
        name=name,
        title=title,
        value=100 * attack.share,
        floor=100 * rates["floor"].share,
        independent=100 * rates["independent"].share,
        better="low",
        unit="%",
        sentence=f"{attack.n_hits:,} of {attack.n:,} {success} (95 % interval {100 * attack.low:.1f} to "
        f"{100 * attack.high:.1f} %); risk beyond {beyond}: {100 * risk.value:.1f} % "
        f"({100 * risk.low:.1f} to {100 * risk.high:.1f} %).",
        details=details,
    )
