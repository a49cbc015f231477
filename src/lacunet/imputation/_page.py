"""What the report says about a set of imputations."""

from collections.abc import Iterable

from lacunet._typing import Floats
from lacunet.imputation._engine_face import Fitted
from lacunet.imputation._record import fit_record
from lacunet.report import ImputationPage, VariableRow, compare_draws, find_patterns
from lacunet.table import Column, Table


def fill_page(
    table: Table, draws: Floats, fitted: Fitted, seed: int, data_name: str, adjustments: Iterable[str]
) -> ImputationPage:
    """Gather everything the page says; nothing is computed here that report can compute."""
    columns = table.schema.columns
    return ImputationPage(
        data_name=data_name,
        n_rows=table.n_rows,
        m=len(draws),
        seed=seed,
        variables=tuple(_row(column) for column in columns),
        patterns=find_patterns(table.layout.names, table.state),
        comparisons=compare_draws(
            table.layout,
            table.values,
            table.state,
            draws,
            labels={column.name: column.label for column in columns if column.label},
            levels={column.name: column.level_labels() for column in table.schema.modelled if column.is_category},
        ),
        record=fit_record(fitted),
        notes=(*adjustments, *table.schema.notes),
    )


def _row(column: Column) -> VariableRow:
    return VariableRow(
        name=column.name,
        label=column.label,
        kind=column.kind if column.is_modelled and column.kind else column.role,
        reason=column.reason,
        n_missing=column.n_missing,
        n_inapplicable=column.n_inapplicable,
        missing_by_reason=dict(column.missing_by_reason),
        is_modelled=column.is_modelled,
    )
