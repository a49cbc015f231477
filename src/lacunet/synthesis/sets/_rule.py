"""Which combining rule belongs to the way in which synthetic sets were made, and why, in words to quote."""

from dataclasses import dataclass

from lacunet.pooling import FORMULAS
from lacunet.solve import Rule

MOST_NAMED = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """How m synthetic sets were made.

    Attributes
    ----------
    m, n_real, n_synthetic
        Sets, real rows n, rows of each set k.
    is_partial
        Whether some columns are the real ones.
    is_proper
        Whether every set comes from its own draw of the model.
    is_weighted
        Whether the draws of the model carry a survey's weights, strata or clusters.
    replaced
        Columns that were replaced.
    is_private
        Whether noise was added for privacy, the same in all sets.
    n_models
        Draws of the model that the sets share, where fewer than the sets.
    """

    m: int
    n_real: int
    n_synthetic: int
    is_partial: bool
    is_proper: bool
    is_weighted: bool
    replaced: tuple[str, ...]
    n_models: int | None = None
    is_private: bool = False


def choose_rule(made: Made) -> tuple[Rule, str]:
    """Give the rule for sets made this way, and a sentence that says why."""
    if made.is_partial:
        return _choose_partial(made)
    if made.is_weighted and made.is_proper and made.m > 1:
        return "fully", (
            f"Every column was replaced, and each of the {made.m} sets was drawn from a model of its own that was "
            "fitted to the survey as its weights, strata and clusters make it vary; the rows of a set do not show that "
            f"design, so how far the sets disagree has to: {FORMULAS['fully']}."
        )
    rule: Rule = "plug-in proper" if made.is_proper else "plug-in"
    whole = f"Every column was replaced, and {_drawn(made)}"
    return rule, f"{whole}; hence {FORMULAS[rule]}.{_shared(made)}{_design(made)}{_noise(made)}"


def _choose_partial(made: Made) -> tuple[Rule, str]:
    who = _columns(made.replaced)
    if made.m > 1:
        return "partially", (
            f"{who} replaced, {made.m} times over, and all else is real, so that each set is the real sample of "
            f"{made.n_real:,} rows with some of its values drawn anew; hence {FORMULAS['partially']}."
        )
    rule: Rule = "plug-in proper" if made.is_proper else "plug-in"
    return rule, (
        f"{who} replaced and all else is real, but one set cannot show how much the drawing adds; as an upper bound it "
        f"counts as if every column had been replaced: {FORMULAS[rule]}. Two sets or more would give shorter intervals."
    )


def object_to(rule: Rule, made: Made) -> str:
    """Say what goes wrong with a rule asked for against the way the sets were made; "" where nothing does."""
    if rule == "fully" and (made.is_partial or not made.is_proper):
        how = "some columns are real" if made.is_partial else "all sets come from one fitted model"
        return (
            f"The rule 'fully' was asked for, but {how}: the sets then differ too little, and its standard errors come "
            f"out far too small. It needs sets that are synthetic throughout, each from its own draw of the model. "
            f"Leave rule out: '{choose_rule(made)[0]}' is the one for these sets."
        )
    if rule == "plug-in" and made.is_proper and not made.is_partial:
        return (
            "The rule 'plug-in' was asked for, but each set comes from its own draw of the model, which it does not "
            "count: standard errors come out somewhat too small. Say 'plug-in proper', or leave rule out."
        )
    if rule != "fully" and made.is_weighted and not made.is_partial:
        return (
            f"The rule {rule!r} takes the rows of a set for a simple random sample and knows nothing of the survey's "
            "weights, strata and clusters: standard errors are most likely too small. Synthesize with m=20 or more and "
            "leave rule out, so that 'fully' can be used."
        )
    return ""


def _noise(made: Made) -> str:
    """What no rule can count."""
    if not made.is_private:
        return ""
    return (
        " The noise that protects the rows is the same in all sets and in no variance, and so is what the noisy tables "
        "leave out: intervals are too narrow, by how much these sets cannot show."
    )


def _design(made: Made) -> str:
    """What is missing where weights were used and cannot be accounted for."""
    if not made.is_weighted:
        return ""
    return (
        " The survey's weights, strata and clusters are not in this variance, since that takes two sets or more, each "
        "from its own draw of the model; it is most likely too small."
    )


def _drawn(made: Made) -> str:
    """How the sets were drawn, and from what."""
    rows, fitted = f"of {made.n_synthetic:,} rows", f"fitted to {made.n_real:,} real rows"
    if made.m == 1:
        model = f"a random draw of the model {fitted}" if made.is_proper else f"the one model {fitted}"
        return f"the set {rows} comes from {model}"
    if made.is_proper:
        return f"each of the {made.m} sets {rows} comes from its own random draw of the model {fitted}"
    return f"all {made.m} sets {rows} come from one model {fitted}"


def _shared(made: Made) -> str:
    """What changes where sets share draws of the model."""
    if not made.is_proper or made.n_models is None or made.n_models >= made.m:
        return ""
    return f" The sets share {made.n_models} draws of the model, by whose number k/n is divided in place of m."


def _columns(replaced: tuple[str, ...]) -> str:
    """Name the columns that were replaced, with the verb."""
    if not replaced:
        return "Some columns were"
    if len(replaced) == 1:
        return f"Only the column '{replaced[0]}' was"
    if len(replaced) > MOST_NAMED:
        return f"Only {len(replaced)} columns ({', '.join(replaced[:MOST_NAMED])} and others) were"
    return f"Only {', '.join(replaced[:-1])} and {replaced[-1]} were"
