"""Results on disk: one CSV per kind of measurement, every row with machine, versions and commit."""

import csv
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
VERSIONED = ("lacunet", "jax", "numpy", "pandas", "scikit-learn")


def commit() -> str:
    """Short name of the commit, with a plus where the package or the benchmarks were changed since."""
    name = _git("rev-parse", "--short", "HEAD")
    return name + ("+" if _git("status", "--porcelain", "--", "src", "benchmarks", ":!benchmarks/results") else "")


def surroundings() -> dict[str, str]:
    """Machine, Python, versions, commit and date, as columns of a row."""
    return {
        "machine": f"{platform.machine()}, {_processor()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "versions": " ".join(f"{name}={_version(name)}" for name in VERSIONED),
        "commit": commit(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
    }


def write_rows(kind: str, rows: list[dict[str, object]], keys: tuple[str, ...]) -> Path:
    """Add rows to results/``kind``.csv; a row with the same ``keys`` as an older one takes its place."""
    path = RESULTS / f"{kind}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    around = surroundings()
    new = [{**{name: _text(value) for name, value in row.items()}, **around} for row in rows]
    replaced = {tuple(row[key] for key in keys) for row in new}
    kept = [row for row in read_rows(kind) if tuple(row[key] for key in keys) not in replaced]
    table = kept + new
    columns = list(dict.fromkeys(name for row in new + table for name in row))
    columns = [name for name in columns if name not in around] + list(around)
    unfinished = path.with_suffix(".csv.part")
    with unfinished.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    unfinished.replace(path)
    return path


def read_rows(kind: str) -> list[dict[str, str]]:
    """Rows of results/``kind``.csv, none if there is no such file."""
    path = RESULTS / f"{kind}.csv"
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
