"""Every measurement of imputation, by one command.

``python -m benchmarks.run --quick``   a few minutes: four small cases, two coverage designs
``python -m benchmarks.run``           everything; what rivals completed is read from benchmarks/.cache if there

Parts (``--parts``): cases (distribution), coverage, published (GRAPE, Lall & Robinson), speed, summary.
"""

import argparse
import traceback
from collections.abc import Sequence

from benchmarks import coverage, published, speed, summary
from benchmarks.cache import Case, impute_cached
from benchmarks.metrics import score
from benchmarks.problems import data_folder, load_case
from benchmarks.records import write_rows
from benchmarks.rivals import RIVALS
from benchmarks.suites import SUITES, n_imputations

PARTS = ("cases", "coverage", "published", "speed", "summary")
KEYS = ("problem", "n", "mechanism", "rate", "mask", "rival")
CASE_RIVALS = "mice-cart,mice-pmm,mice-default,amelia,midas2,midas2-scaled,sklearn,mean-mode,marginal,lacunet"
# Too slow to be worth hours: chained equations and one-hot regressions on tens of thousands of rows.
FEW_ROWS_ONLY = ("mice-pmm", "mice-default", "sklearn")
FEW_ROWS = 5000


def run_case(case: Case, rival: str) -> dict[str, object] | None:
    """Measure one rival on one case; a failure is a row too. Our own completed data are never read from disk."""
    truth, holed = load_case(*case)
    if rival in FEW_ROWS_ONLY and len(truth) > FEW_ROWS:
        return None
    m = n_imputations(len(truth))
    row: dict[str, object] = dict(zip(KEYS, (*case, rival), strict=True))
    row |= {"rows": len(truth), "columns": truth.shape[1], "missing": float(holed.isna().to_numpy().mean()), "m": m}
    try:
        ours = rival.startswith("lacunet")
        result = RIVALS[rival](holed, m, case[4] + 1) if ours else impute_cached(case, rival, RIVALS[rival], m)
        row |= score(truth, holed, result.completed)
        row |= {
            "seconds": result.seconds,
            "peak_mib": result.peak_mib,
            "rival_version": result.notes.get("version", ""),
        }
        row["failed"] = ""
    except (RuntimeError, ValueError) as error:
        row["failed"] = next((line for line in reversed(str(error).splitlines()) if "rror" in line), "failed")[:100]
    return row


def run_cases(cases: Sequence[Case], rivals: Sequence[str]) -> None:
    """Measure rivals on cases, writing after each."""
    for case in cases:
        for rival in rivals:
            row = run_case(case, rival)
            if row is None:
                continue
            write_rows("imputation", [row], KEYS)
            shown = "  ".join(
                f"{name} {row[name]:.3f}" for name in ("energy", "crps", "brier", "seconds") if name in row
            )
            print(*case, rival, shown or row["failed"], flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the parts asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--quick", action="store_true", help="a few minutes: small cases, few repeats, no rival but mice"
    )
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--suite", choices=tuple(SUITES), default="full")
    parser.add_argument("--rivals", default=CASE_RIVALS, help="of the cases")
    parser.add_argument("--data", default=str(data_folder()), help="folder of the measuring data")
    options = parser.parse_args(arguments)
    if not data_folder(options.data).is_dir():
        parser.error(f"no folder {options.data}: say where the measuring data are with --data")
    for part, action in _actions(options).items():
        if part not in options.parts.split(","):
            continue
        print(f"== {part}", flush=True)
        try:
            action()
        except Exception:
            if part == "summary":
                raise
            traceback.print_exc()


def _actions(options: argparse.Namespace) -> dict[str, object]:
    if options.quick:
        rivals = ["mice-cart", "mean-mode", "lacunet"]
        return {
            "cases": lambda: run_cases(SUITES["quick"], rivals),
            "coverage": lambda: coverage.main(
                ["--designs", "fimd-y,mar1", "--rivals", "complete,lacunet", "--repeats", "20"]
            ),
            "summary": summary.main,
        }
    return {
        "cases": lambda: run_cases(SUITES[options.suite], options.rivals.split(",")),
        "coverage": lambda: coverage.main(["--lanes", "2", "--minutes", "60"]),
        "published": lambda: published.main([]),
        "speed": lambda: _speed(),
        "summary": summary.main,
    }


def _speed() -> None:
    speed.main(["--problems", "adult,sd2011_small", "--rivals", "lacunet,mice-cart,mice-pmm,midas2", "--runs", "1"])
    speed.main(["--problems", "adult,sd2011,ces_2020", "--rivals", "lacunet", "--runs", "3"])
    speed.main(["--problems", "ces_2020", "--rivals", "midas2", "--runs", "1"])
    speed.main(["--problems", "jss", "--rivals", "lacunet", "--runs", "1"])


if __name__ == "__main__":
    main()
