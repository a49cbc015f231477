"""A stand-in for training, so that the command line is tested for what it does itself: it copies known cells."""

import sys
import time

import numpy as np

from lacunet._layout import MISSING, OBSERVED
from lacunet.errors import SpecError
from lacunet.report import FitRecord, ImputationPage, VariableRow, compare_draws, find_patterns, write_imputation_page
from lacunet.table import read_table


class StubImputations:
    """What the command line asks of Imputations."""

    def __init__(self, table, m, seed):
        rng = np.random.default_rng(seed)
        columns = np.nonzero(table.state == MISSING)[1]
        self.draws = np.zeros((m, len(columns)))
        for j in np.unique(columns):
            donors = table.values[table.state[:, j] == OBSERVED, j]
            self.draws[:, columns == j] = rng.choice(donors, (m, int((columns == j).sum())))
        self.table, self.seed, self.schema, self.original = table, seed, table.schema, table.native

    def __len__(self):
        return len(self.draws)

    def __iter__(self):
        return (self.table.complete(draw) for draw in self.draws)

    def report(self, path, *, models=(), force=False, data_name="data"):
        rows = tuple(
            VariableRow(name=r["column"], kind=r["kind"], n_missing=r["missing"]) for r in self.schema.describe()
        )
        page = ImputationPage(
            data_name=data_name,
            n_rows=self.table.n_rows,
            m=len(self),
            seed=self.seed,
            variables=rows,
            patterns=find_patterns(self.table.layout.names, self.table.state),
            comparisons=compare_draws(self.table.layout, self.table.values, self.table.state, self.draws),
            record=FitRecord(),
        )
        return write_imputation_page(page, path, force)

    def fit(self, formula, model="ols"):
        from lacunet.pooling import fit_formula

        return fit_formula((self.table.analysis_frame(draw) for draw in self.draws), formula, model)


def stub_impute(source, *, m=10, seed=None, progress=None, **options):
    if m < 1:
        raise SpecError(f"m={m} was given. At least one imputation is needed. Use m=20 or so.")
    table = read_table(source, **options)
    if progress:
        for done in range(3):
            progress("training", done, 3)
    return StubImputations(table, m, 0 if seed is None else seed)


def slow_impute(source, **options):
    """Say that work has begun, then work for a minute."""
    read_table(source)
    print("working", flush=True)
    time.sleep(60)
    raise AssertionError("nobody stopped it")


def slow_write(frame, path, schema=None, force=False):
    """Write half a file, say so, then hang: what a kill in the middle of writing meets."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("half a fi")
    print("working", flush=True)
    time.sleep(60)


def run(where, arguments):
    """Run the command line in this process with work that never ends, in ``where`` ("fit" or "write")."""
    import lacunet.imputation
    import lacunet.table
    from lacunet.cli import main

    lacunet.imputation.impute = slow_impute if where == "fit" else stub_impute
    if where == "write":
        lacunet.table.write_frame = slow_write
    main(arguments)


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2:])
