"""``lacunet demo``: hide answers of a real survey, impute them, and set the regressions beside the truth."""

import time
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from lacunet.cli._describe import AsJson
from lacunet.cli._folder import new_folder
from lacunet.cli._guard import guard
from lacunet.cli._impute import Force, Quiet, summary_lines, write_results
from lacunet.cli._progress import show_progress
from lacunet.cli._say import count, in_columns, say, say_json

SURVEY = "survey.csv"
MODELS: tuple[tuple[str, Literal["ols", "logit"], str, str], ...] = (
    ("income_average", "ols", "PINCP ~ 1", "Average personal income, in dollars"),
    ("income_ols", "ols", "PINCP ~ AGEP + C(SEX) + EDU + DPHY", "Personal income, in dollars (OLS)"),
    (
        "walking_logit",
        "logit",
        "DPHY ~ AGEP + C(SEX) + EDU + I(PINCP / 10000)",
        "Difficulty walking, 1 yes, 0 no (logit)",
    ),
)
HEADS = ("term", "truth (s.e.)", "complete rows (s.e.)", "imputed (s.e.)", "95% interval", "fmi")


def demo(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write to.")] = Path("lacunet-demo"),
    m: Annotated[int, typer.Option("-m", help="How many completed data sets.")] = 10,
    rows: Annotated[int, typer.Option("--rows", min=200, max=20_000, help="How many adults to sample.")] = 3000,
    seed: Annotated[int, typer.Option("--seed", help="Number that makes the run repeatable.")] = 1,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Impute the survey that ships with lacunet.

    Adults of the American Community Survey 2019 (NIST excerpt, public domain). Answers are hidden, more often for men
    and for people of 35 to 64, so that known answers alone mislead about averages and waste half of the rows; they are
    imputed, and regressions on the completed data are set beside the truth.
    """
    with guard(quiet=quiet or as_json) as known:
        start = time.perf_counter()
        is_loud = not (quiet or as_json)
        about: dict[str, Any] = {"data": SURVEY}
        with new_folder(output, force, about) as folder:
            from lacunet.cli._demo_survey import hide_answers, sample_adults
            from lacunet.imputation import impute

            truth = sample_adults(rows, seed)
            survey = hide_answers(truth, seed)
            survey.to_csv(folder / SURVEY, index=False)
            if is_loud:
                say(*_opening(len(survey), survey.shape[1], m), "")
            with show_progress(is_loud) as progress:
                imputations = impute(folder / SURVEY, m=m, seed=seed, not_applicable=["N"], progress=progress)
            pooled = [imputations.fit(formula, model=model) for _, model, formula, _ in MODELS]
            files = write_results(imputations, folder, "csv", about, pooled)
            lines = _write_regressions(pooled, truth, survey, folder)
        known.update(about["notes"])
        about["seconds"] = round(time.perf_counter() - start, 2)
        if as_json:
            say_json({**about, "folder": str(output), "completed": files})
        elif is_loud:
            say(*lines, *summary_lines(about, output, files), *_closing(output, m, seed))


def _opening(n_rows: int, n_columns: int, m: int) -> list[str]:
    return [
        f"American Community Survey 2019: {count(n_rows, 'adult')}, {count(n_columns, 'variable')}. Answers on income,",
        "education, marital status, family poverty, home and walking are hidden by a rule that depends on",
        f"age and sex, and imputed {count(m, 'time')}. The first run of a machine compiles for a while.",
    ]


def _write_regressions(results: list[Any], truth: Any, survey: Any, folder: Path) -> list[str]:
    """Fit each model to the truth and to complete rows, write its tables, and return the lines that compare them."""
    from lacunet.pooling import fit_formula

    lines: list[str] = []
    for (name, model, formula, title), pooled in zip(MODELS, results, strict=True):
        table = pooled.table()
        table.to_csv(folder / f"{name}.csv", index=False)
        used = [column for column in survey if column in formula]
        complete = survey.dropna(subset=used)
        # two identical data sets add no variance between them, so Rubin's rules return the plain fit
        whole = fit_formula([truth, truth], formula, model).table()
        listwise = fit_formula([complete, complete], formula, model).table()
        rows = [
            _compare(*three) for three in zip(*(t.to_dict("records") for t in (whole, listwise, table)), strict=True)
        ]
        lines += [f"{title}: {formula}", *in_columns(HEADS, rows, right=range(1, len(HEADS)))]
        lines += [f"(complete rows: {len(complete):,} of {len(survey):,})", ""]
    (folder / "regressions.txt").write_text("\n".join([*lines, *_reading()]) + "\n", encoding="utf-8")
    return lines


def _compare(whole: dict[str, Any], listwise: dict[str, Any], pooled: dict[str, Any]) -> list[str]:
    fits = [f"{_number(fit['estimate'])} ({_number(fit['std_error'])})" for fit in (whole, listwise, pooled)]
    interval = f"{_number(pooled['conf_low'])} to {_number(pooled['conf_high'])}"
    return [str(pooled["term"]), *fits, interval, f"{pooled['fmi']:.2f}"]


def _number(x: float) -> str:
    return f"{x:,.0f}" if abs(x) >= 1000 else f"{x:.3g}"


def _reading() -> list[str]:
    return [
        "s.e.: standard error. truth: the regression before any answer was hidden.",
        "complete rows: what is left when rows with a hidden answer are dropped.",
        "imputed: each completed data set analysed, and combined by Rubin's rules.",
        "fmi: fraction of missing information, the share of the uncertainty that the missing answers cause.",
    ]


def _closing(output: Path, m: int, seed: int) -> list[str]:
    return [
        "",
        f"Look at {output / 'report.html'} in a browser, and at {output / 'regressions.txt'}.",
        f"The same by hand: lacunet impute {output / SURVEY} -m {m} --seed {seed} --not-applicable N -o my-folder",
    ]
