"""The colours of every figure and page, for paper and for a dark screen; each has a name that style sheets know."""

INK, MUTED, RULE, PAPER = "#1f2933", "#52606d", "#d5dae1", "#ffffff"
OBSERVED_FILL, OBSERVED_INK = "#b7c9dc", "#34597d"
IMPUTED_FILL, IMPUTED_INK = "#f3b79a", "#b63e0b"
INAPPLICABLE_FILL = "#e4e7eb"
REASON_FILLS = ("#b63e0b", "#e0982f", "#74479c", "#23776a", "#8a5a44", "#5b6470")

LIGHT = {
    "ink": INK,
    "muted": MUTED,
    "rule": RULE,
    "paper": PAPER,
    "panel": "#f3f6f9",
    "observed-fill": OBSERVED_FILL,
    "observed-ink": OBSERVED_INK,
    "imputed-fill": IMPUTED_FILL,
    "imputed-ink": IMPUTED_INK,
    "inapplicable-fill": INAPPLICABLE_FILL,
    "kept": "#c3cad3",
    **{f"reason-{k}": colour for k, colour in enumerate(REASON_FILLS)},
}
"""Name of a colour to what it is on paper and on a light screen."""

DARK = {
    "ink": "#e6eaef",
    "muted": "#a9b4bf",
    "rule": "#3a444f",
    "paper": "#14191f",
    "panel": "#1e252d",
    "observed-fill": "#3f5d7d",
    "observed-ink": "#8fbbe6",
    "imputed-fill": "#8f4a27",
    "imputed-ink": "#ff9d6b",
    "inapplicable-fill": "#323b45",
    "kept": "#59636e",
    "reason-0": "#ff9d6b",
    "reason-1": "#e0b04f",
    "reason-2": "#b58be0",
    "reason-3": "#4fb3a2",
    "reason-4": "#c08f76",
    "reason-5": "#8d98a5",
}
"""The same on a dark screen."""
