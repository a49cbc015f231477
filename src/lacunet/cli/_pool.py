"""``lacunet pool out/ "income ~ age" --model ols``: one model on every completed data set, one table."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from lacunet.cli._describe import AsJson
from lacunet.cli._guard import guard
from lacunet.cli._impute import Force, Quiet
from lacunet.cli._say import in_columns, say, say_json
from lacunet.errors import DataError, SpecError

CODEBOOK = "codebook.json"
DOCUMENTS = (".docx", ".tex", ".md", ".html", ".csv")
HEADS = ("term", "estimate", "std. error", "t", "df", "p", "low", "high", "fmi")


def pool(
    source: Annotated[Path, typer.Argument(help="Folder that 'lacunet impute' wrote, or a saved file of imputations.")],
    formula: Annotated[str, typer.Argument(help="As in R, in quotation marks: 'income ~ age + C(educ)'.")],
    model: Annotated[
        str,
        typer.Option(
            "--model",
            help="ols, logit, probit, poisson, negbin, ordered, multinomial, fixed_effects or cox.",
        ),
    ] = "ols",
    cov: Annotated[str | None, typer.Option("--cov", help="classical, HC0, HC1, HC2 or HC3.")] = None,
    cluster: Annotated[str | None, typer.Option("--cluster", help="Column that names the cluster of a row.")] = None,
    weights: Annotated[str | None, typer.Option("--weights", help="Column of sampling weights.")] = None,
    test: Annotated[list[str], typer.Option("--test", metavar="TERM", help="Test a term as a whole; repeat.")] = [],  # noqa: B006
    level: Annotated[float, typer.Option("--level", help="Coverage of the intervals.")] = 0.95,
    exponentiate: Annotated[bool, typer.Option("--exponentiate", help="Show exp(b) in the document.")] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help=f"Write the table to a file: {', '.join(DOCUMENTS)}.")
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Fit a model to every completed data set and pool the answers by Rubin's rules."""
    with guard(quiet=quiet or as_json) as known:
        if output is not None and output.suffix.lower() not in DOCUMENTS:
            raise SpecError(f"-o got '{output}'. It needs a name that ends in one of {', '.join(DOCUMENTS)}.")
        pooled = _fit(source, formula, model, cov=cov, cluster=cluster, weights=weights)
        known.update(pooled.notes)
        tests = {term: pooled.test(term) for term in test}
        table = pooled.table(level)
        if output is not None:
            _write(pooled, output, level=level, exponentiate=exponentiate, force=force)
        if as_json:
            say_json(_as_plain(pooled, table, tests))
        elif not quiet:
            say(*_lines(pooled, table, tests, output))


def _fit(source: Path, formula: str, model: Any, **options: Any) -> Any:
    if source.is_dir():
        from lacunet.pooling import fit_formula

        return fit_formula(_completed_frames(source), formula, model, **options)
    if not source.exists():
        raise SpecError(f"There is no folder or file '{source}'. Name the folder that 'lacunet impute' wrote.")
    from lacunet._load import load
    from lacunet.imputation import Imputations

    imputations = load(source)
    if not isinstance(imputations, Imputations):
        raise SpecError(f"'{source}' holds an imputer and no imputations. Save what impute() gave.")
    return imputations.fit(formula, model, **options)


def _completed_frames(folder: Path) -> list[Any]:
    """Completed data of a folder as statistics wants them, read under the codebook beside them."""
    from lacunet.table import Schema, apply_schema

    files = sorted(folder.glob("imputed_*.*"))
    try:
        codebook = json.loads((folder / CODEBOOK).read_text(encoding="utf-8"))
        schema = Schema.from_dict(codebook["schema"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"The folder '{folder}' has no {CODEBOOK} that can be read. It needs to be one that 'lacunet impute' wrote."
        ) from error
    if len(files) != codebook["m"]:
        raise DataError(
            f"The folder '{folder}' holds {len(files)} completed data sets and its codebook names {codebook['m']}. "
            "Run 'lacunet impute' again."
        )
    return [apply_schema(schema, file).analysis_frame() for file in files]


def _write(pooled: Any, output: Path, *, level: float, exponentiate: bool, force: bool) -> None:
    from lacunet.pooling import tabulate
    from lacunet.table import write_text

    tabulation = tabulate(pooled, level=level, exponentiate=exponentiate)
    ending = output.suffix.lower()
    if ending == ".docx":
        tabulation.to_word(output, force=force)
        return
    writers = {".tex": tabulation.to_latex, ".md": tabulation.to_markdown, ".html": tabulation.to_html}
    text = writers[ending]() if ending in writers else pooled.table(level).to_csv(index=False)
    write_text(output, text, force=force)


def _as_plain(pooled: Any, table: Any, tests: dict[str, Any]) -> dict[str, Any]:
    return {
        "model": pooled.model,
        "formula": pooled.formula,
        "cov": pooled.cov,
        "m": pooled.m,
        "n_obs": pooled.n_obs,
        "terms": json.loads(table.to_json(orient="records", double_precision=15)),
        "tests": {
            term: {"F": found.statistic, "df1": found.df1, "df2": found.df2, "p_value": found.p_value}
            for term, found in tests.items()
        },
        "notes": list(pooled.notes),
    }


def _lines(pooled: Any, table: Any, tests: dict[str, Any], output: Path | None) -> list[str]:
    rows = [
        (
            row.term,
            *(f"{value:.4g}" for value in (row.estimate, row.std_error, row.statistic)),
            f"{row.df:,.0f}",
            "< .001" if row.p_value < 0.001 else f"{row.p_value:.3f}",
            f"{row.conf_low:.4g}",
            f"{row.conf_high:.4g}",
            f"{row.fmi:.2f}",
        )
        for row in table.itertuples()
    ]
    head, blank, *_ = str(pooled).split("\n", 2)
    return [
        head,
        blank,
        "",
        *in_columns(HEADS, rows, right=tuple(range(1, len(HEADS)))),
        *([""] if tests else []),
        *(f"{term}: {found}" for term, found in tests.items()),
        *(f"- {note}" for note in pooled.notes),
        *([f"Written to {output}."] if output else []),
    ]
