"""The way back from pooled estimates to the completed data sets they came from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from formulaic import Formula

from lacunet._typing import Bools, Frame
from lacunet.pooling._design import Design, Request, as_pandas, make_design
from lacunet.solve import Solution, solve_model


@dataclass(frozen=True, kw_only=True)
class Source:
    """What was fitted, to which completed frames.

    Attributes
    ----------
    completed
        The completed frames, as often as they are asked for.
    request, parsed
        Model, formula and options.
    first
        Design of the first frame, whose columns and levels hold for all.
    """

    completed: Iterable[Frame]
    request: Request
    parsed: Formula
    first: Design

    def frames(self) -> Iterator[pd.DataFrame]:
        """Completed frames as pandas, rows counted from 0."""
        return (as_pandas(frame) for frame in self.completed)

    def design(self, frame: pd.DataFrame) -> Design:
        """One frame as numbers, with the columns of the first."""
        return make_design(self.request, self.parsed, frame, self.first)

    def designs(self) -> Iterator[Design]:
        """Designs of all completed frames, one at a time."""
        return map(self.design, self.frames())


def solve_design(request: Request, design: Design, keep: Bools | None = None) -> Solution:
    """Solve the requested model, for the columns ``keep`` of a design where they are given."""
    keep = np.ones(len(design.names), dtype=bool) if keep is None else keep
    return solve_model(
        request.model,
        design.terms if keep.all() else design.terms[:, keep],
        design.outcome,
        tuple(np.array(design.names, dtype=object)[keep]),
        weights=design.weights,
        cov=request.cov if design.clusters is None else "classical",
        clusters=design.clusters,
    )


def coefficient_names(model: str, design: Design) -> tuple[str, ...]:
    """Names of the estimates of a model, in the order in which `solve_model` returns them."""
    if model == "multinomial":
        return tuple(f"{level}: {name}" for level in design.levels[1:] for name in design.names)
    if model == "ordered":
        return (*design.names, *(f"{low}|{high}" for low, high in zip(design.levels, design.levels[1:], strict=False)))
    return (*design.names, "ln(alpha)") if model == "negbin" else design.names
