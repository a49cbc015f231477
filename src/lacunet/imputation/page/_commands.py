"""What to type to make the same imputations again, in Python and in a terminal."""

import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from lacunet.imputation._engine_face import Fitted
from lacunet.imputation.page._models import list_models
from lacunet.imputation.page._options import find_options
from lacunet.report import PageCommands
from lacunet.table import Table

ENDINGS = frozenset(
    {".csv", ".tsv", ".txt", ".tab", ".parquet", ".pq", ".feather", ".arrow", ".dta", ".sav", ".zsav", ".xlsx", ".xls"}
)
SPECIFICATIONS = {"Midas": "ln.Midas", "ClassicMidas": "ln.Midas.classic"}
"""Class of a specification to how it is called."""
EMPTY = ":empty:"
"""The command line's word for an empty cell."""
USUAL_M = 10
IS_FRAME = "frame is the data as they were handed over: the same columns, cells and order of rows."
IS_FILE = "{name} is the file that was imputed; say encoding=... where it is not read without."
OTHER_ROWS = "training is the data that the imputer was fitted to, whose rows are others than those imputed here."


def write_commands(
    table: Table,
    fitted: Fitted,
    *,
    m: int,
    seed: int,
    data_name: str,
    adjustments: Sequence[str],
    models: Sequence[Any] | Mapping[str, Any],
) -> PageCommands | None:
    """Write what makes these draws again, with nothing said that is a default; None for a specification not known."""
    if type(fitted.spec).__name__ not in SPECIFICATIONS:
        return None
    is_file = PurePath(data_name).suffix.lower() in ENDINGS
    source = repr(data_name) if is_file else "frame"
    own_rows = fitted.table is None or fitted.table is table
    options = find_options(fitted.schema)
    same_seed = seed == fitted.seed
    settings = _settings(fitted.spec)
    head = "import lacunet as ln\n\n"
    if settings is None and own_rows and same_seed:
        body = _call("imp = ln.impute", source, m=m, seed=seed, **options)
    else:
        fit = _call(
            f"fitted = {settings or 'ln.Midas()'}.fit", source if own_rows else "training", seed=fitted.seed, **options
        )
        rows = () if own_rows else (source,)
        body = fit + _call("imp = fitted.impute", *rows, m=m, **({} if same_seed else {"seed": seed}))
    remarks = [IS_FILE.format(name=data_name) if is_file else IS_FRAME, *([] if own_rows else [OTHER_ROWS])]
    if adjustments:
        remarks.append("The imputed values were changed afterwards; do the same again: " + " ".join(adjustments))
    is_plain = is_file and settings is None and own_rows and same_seed and not adjustments
    shell = _shell(data_name, m, seed, options) if is_plain else ""
    return PageCommands(python=head + body + _fits(models), shell=shell, remarks=tuple(remarks))


def _settings(spec: Any) -> str | None:
    """The specification as it is written in Python; None where it is ``Midas()``."""
    changed = {
        option.name: getattr(spec, option.name)
        for option in dataclasses.fields(spec)
        if getattr(spec, option.name) != option.default
    }
    inner = ", ".join(f"{name}={value!r}" for name, value in changed.items())
    name = SPECIFICATIONS[type(spec).__name__]
    return f"{name}({inner})" if inner or name != "ln.Midas" else None


def _call(start: str, *given: str, **options: Any) -> str:
    """One call, an argument a line where it would be long."""
    words = [*given, *(f"{name}={value!r}" for name, value in options.items())]
    line = f"{start}({', '.join(words)})"
    if len(line) <= 88:
        return line + "\n"
    return start + "(\n" + "".join(f"    {word},\n" for word in words) + ")\n"


def _fits(models: Sequence[Any] | Mapping[str, Any]) -> str:
    """How each pooled model was asked for, where it was by a formula."""
    names = list(models) if isinstance(models, Mapping) else []
    lines = []
    for place, result in enumerate(list_models(models)):
        request = result.request
        if request is None:
            lines.append(
                f"# model {names[place] if names else place + 1}: estimates handed over, or a function of yours\n"
            )
            continue
        chosen: dict[str, Any] = {"model": request.model}
        if request.cov == "cluster":
            chosen["cluster"] = request.cluster
        elif request.cov != "classical":
            chosen["cov"] = request.cov
        if request.weights:
            chosen["weights"] = request.weights
        lines.append(_call(f"model_{place + 1} = imp.fit", repr(request.formula), **chosen))
    return "".join(["\n", *lines]) if lines else ""


def _shell(data_name: str, m: int, seed: int, options: Mapping[str, Any]) -> str:
    """The same in a terminal; empty where an option cannot be typed."""
    words = ["lacunet", "impute", data_name, "-m", str(m), "--seed", str(seed)]
    if isinstance(options.get("impute_not_applicable", True), list):
        return ""
    for name, kind in options.get("kinds", {}).items():
        words += ["--kinds", f"{name}={kind}"]
    for option in ("missing_codes", "not_applicable"):
        for name, codes in options.get(option, {}).items():
            typed = [EMPTY if code is None else str(code) for code in codes]
            if not typed:
                return ""
            words += [f"--{option.replace('_', '-')}", f"{name}={','.join(typed)}"]
    for name in options.get("leave_out", []):
        words += ["--leave-out", name]
    if options.get("impute_not_applicable"):
        words.append("--impute-not-applicable")
    return "" if _is_ambiguous(options) else shlex.join(words)


def _is_ambiguous(options: Mapping[str, Any]) -> bool:
    """Whether a name or code holds a letter that the command line reads as a separator."""
    names = [*options.get("leave_out", []), *options.get("kinds", {})]
    codes: list[Any] = []
    for option in ("missing_codes", "not_applicable"):
        for name, some in options.get(option, {}).items():
            names.append(name)
            codes += list(some)
    is_odd = any("," in str(one) or "=" in str(one) or str(one) != str(one).strip() for one in names)
    return is_odd or any("," in str(code) or str(code) != str(code).strip() for code in codes)
