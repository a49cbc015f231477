"""Profiles for conjoint and vignette experiments, and what their design is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from lacunet._typing import Bools, Floats
from lacunet.report._words import join
from lacunet.synthesis.conditions._design import Shown, level_shares, pairs_never_shown
from lacunet.synthesis.conditions._given import Given
from lacunet.synthesis.conditions._partial import partial_frame
from lacunet.synthesis.conditions._vignettes import fill_template
from lacunet.synthesis.conditions.constraints import Constraints
from lacunet.table import Outline

Draw = Literal["population", "uniform"]
PLACES = ("respondent", "task", "profile")


@dataclass(frozen=True, kw_only=True, eq=False)
class Profiles:
    """Profiles to be judged by respondents, several in each task.

    Attributes
    ----------
    outline
        The columns there are.
    attributes
        Columns that a profile shows, in this order.
    values
        Shape (respondents, tasks, profiles, attributes): numbers, days or positions of levels.
    draw
        "population" or "uniform".
    given, constraints
        What was asked of every profile.
    seed
        Of which they were drawn.
    """

    outline: Outline
    attributes: tuple[str, ...]
    values: Floats
    draw: Draw
    given: Given
    constraints: Constraints
    seed: int

    def __len__(self) -> int:
        return int(np.prod(self.values.shape[:3]))

    def frame(self) -> pd.DataFrame:
        """One row for each profile: respondent, task and profile (from 1), then its attributes.

        Returns
        -------
        pandas.DataFrame
            Categories by their labels.
        """
        shown = attribute_frame(self.outline, self.attributes, self._rows())[list(self.attributes)]
        places = np.indices(self.values.shape[:3]).reshape(3, -1) + 1
        return pd.concat([pd.DataFrame(dict(zip(PLACES, places, strict=True))), shown], axis=1)

    def text(self, template: str, wording: Mapping[str, Mapping[Any, str]] | None = None) -> pd.DataFrame:
        """One vignette for each profile.

        Parameters
        ----------
        template
            Text with attributes in braces: ``"A {age}-year-old {sex} from {region}."``; two braces stand for one.
        wording
            Attribute → level → the words for it, where its label does not fit in a sentence:
            ``{"employed": {"yes": "has a job", "no": "is out of work"}}``.

        Returns
        -------
        pandas.DataFrame
            Respondent, task, profile and text.

        Raises
        ------
        ColumnError
            When the template or the wording names what is no attribute, or a level that does not exist.
        SpecError
            When the template names no attribute, or a brace is left open.
        """
        frame = self.frame()
        texts = fill_template(template, frame[list(self.attributes)], wording or {})
        return frame[list(PLACES)].assign(text=texts)

    def design(self) -> pd.DataFrame:
        """How often each level is shown.

        Returns
        -------
        pandas.DataFrame
            ``attribute``, ``level``, ``n`` (profiles) and ``share``. A number of many values is cut at its quartiles.
        """
        return level_shares(self._shown())

    def never_shown(self) -> pd.DataFrame:
        """Pairs of levels that no profile has, though each is shown, and why.

        An effect of one attribute cannot be told from these for such a level of the other; where a constraint is the
        reason, compare only levels that can occur together (Hainmueller, Hopkins & Yamamoto 2014, restricted
        randomisation).

        Returns
        -------
        pandas.DataFrame
            ``attribute_1``, ``level_1``, ``attribute_2``, ``level_2`` and ``why``: the constraint, or "not drawn".
        """
        return pairs_never_shown(self._shown(), self._broken_by)

    def sentence(self) -> str:
        """What was drawn, in words."""
        respondents, tasks, profiles = self.values.shape[:3]
        how = (
            "drawn from the joint distribution that was learnt"
            if self.draw == "population"
            else "with each level equally likely"
        )
        asked = f", given {self.given.sentence()}" if self.given.wanted else ""
        kept = f", keeping {join([repr(text) for text in self.constraints.texts])}" if len(self.constraints) else ""
        return (
            f"{respondents:,} respondents × {tasks} tasks × {profiles} profiles of {join(list(self.attributes))}, {how}"
            f"{asked}{kept} (seed {self.seed})."
        )

    def _rows(self) -> Floats:
        return self.values.reshape(-1, len(self.attributes))

    def _shown(self) -> list[Shown]:
        columns = [self.outline.schema[name] for name in self.attributes]
        return [Shown.of(column, cells) for column, cells in zip(columns, self._rows().T, strict=True)]

    def _broken_by(self, names: tuple[str, str], pairs: Floats) -> list[str]:
        """The constraint that rules each pair of levels out whatever else a profile has; empty for none."""
        held = self.constraints.holds(attribute_frame(self.outline, names, pairs))
        return [_first_broken(row, self.constraints.texts) for row in held]


def _first_broken(held: Bools, texts: tuple[str, ...]) -> str:
    return "" if held.all() else texts[int(held.argmin())]


def attribute_frame(outline: Outline, names: tuple[str, ...], cells: Floats) -> pd.DataFrame:
    """An analysis frame that holds some columns only; in all others every cell is empty.

    Parameters
    ----------
    outline
        The columns there are.
    names
        Of the columns that are held.
    cells
        Their values, shape (n, names).
    """
    modelled = [column.name for column in outline.schema.modelled]
    places = [modelled.index(name) for name in names]
    values = np.zeros((len(cells), len(modelled)))
    is_known = np.zeros(values.shape, dtype=bool)
    values[:, places], is_known[:, places] = cells, True
    return partial_frame(outline, values, is_known)
