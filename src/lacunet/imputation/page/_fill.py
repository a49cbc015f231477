"""Everything the page says of a set of imputations."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lacunet._typing import Floats
from lacunet.diagnosis import Diagnostics
from lacunet.imputation._engine_face import Fitted
from lacunet.imputation._record import fit_record
from lacunet.imputation.page._commands import write_commands
from lacunet.imputation.page._models import gather_models
from lacunet.imputation.page._topics import gather_topics
from lacunet.report import CodeRow, ImputationPage, PageFinding, VariableRow, compare_draws, find_patterns
from lacunet.table import Column, Table


def fill_page(
    table: Table,
    draws: Floats,
    fitted: Fitted,
    seed: int,
    *,
    data_name: str,
    adjustments: Iterable[str],
    diagnostics: Diagnostics,
    models: Sequence[Any] | Mapping[str, Any],
) -> ImputationPage:
    """Gather everything the page says; nothing is computed here that another room can compute."""
    columns, changes = table.schema.columns, tuple(adjustments)
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
        notes=(*changes, *table.schema.notes),
        findings=tuple(
            PageFinding(topic=one.topic, severity=one.severity, sentence=one.sentence) for one in diagnostics.findings
        ),
        topics=gather_topics(diagnostics),
        models=gather_models(models),
        commands=write_commands(
            table, fitted, m=len(draws), seed=seed, data_name=data_name, adjustments=changes, models=models
        ),
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
        codes=_codes(column) if column.is_modelled else (),
    )


def _codes(column: Column) -> tuple[CodeRow, ...]:
    codes = dict.fromkeys([*column.missing_codes, *column.not_applicable, *column.value_labels])
    return tuple(
        CodeRow(code=_written(code), label=str(column.value_labels.get(code, "")), decision=_decision(column, code))
        for code in codes
    )


def _written(code: Any) -> str:
    if code is None:
        return "(empty cell)"
    return f"{code:g}" if isinstance(code, float) else str(code)


def _decision(column: Column, code: Any) -> str:
    if code in column.not_applicable:
        return "not applicable: kept"
    if code in column.missing_codes:
        return f"missing, imputed: {column.missing_codes[code]}"
    return "an answer"
