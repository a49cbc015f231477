"""Which cases are run: (problem, n, mechanism, rate, mask); n = 0 is every row."""

from benchmarks.cache import Case

RESEARCH: tuple[Case, ...] = (
    *(("adult", 2000, "mar", 0.3, mask) for mask in range(3)),
    *(("sd2011", 2000, "mar", 0.3, mask) for mask in range(3)),
    *(("nist", 2000, "mar", 0.3, mask) for mask in range(2)),
    *(("ces_2020", 2000, "mar", 0.3, mask) for mask in range(2)),
    *(("boys", 0, "mar", 0.3, mask) for mask in range(2)),
    *(("africa", 0, "mar", 0.3, mask) for mask in range(2)),
    *((name, 0, "mcar", 0.3, 0) for name in ("concrete", "energy", "wine")),
    ("adult", 2000, "mcar", 0.5, 0),
    ("adult", 2000, "mnar", 0.3, 0),
    ("adult", 500, "mar", 0.3, 0),
    ("freetrade", 0, "mar", 0.3, 0),
)

QUICK: tuple[Case, ...] = (
    ("adult", 500, "mar", 0.3, 0),
    ("sd2011", 500, "mar", 0.3, 0),
    ("boys", 0, "mar", 0.3, 0),
    ("africa", 0, "mcar", 0.3, 0),
)

FULL: tuple[Case, ...] = (
    *RESEARCH,
    *(("adult", 2000, "mcar", rate, 0) for rate in (0.1, 0.3, 0.7)),
    ("adult", 10000, "mar", 0.3, 0),
    ("adult_all", 0, "mar", 0.3, 0),
    *(("sd2011", 500, "mar", 0.3, mask) for mask in range(2)),
    ("sd2011", 2000, "mcar", 0.5, 0),
    ("sd2011", 2000, "mnar", 0.3, 0),
    *(("sd2011_derived", 2000, "mar", 0.3, mask) for mask in range(2)),
    ("nist", 500, "mar", 0.3, 0),
    ("nist", 2000, "mcar", 0.5, 0),
    ("nist", 2000, "mnar", 0.3, 0),
    ("nist", 10000, "mar", 0.3, 0),
    ("ces_2020", 2000, "mcar", 0.5, 0),
    ("ces_2020", 10000, "mar", 0.3, 0),
    *(("boys_growth", 0, "mar", 0.3, mask) for mask in range(2)),
    ("boys", 0, "mcar", 0.3, 0),
    ("africa", 0, "mcar", 0.3, 0),
    *(("wdi_africa", 0, "mar", 0.3, mask) for mask in range(2)),
    *(("california", 2000, "mar", 0.3, mask) for mask in range(2)),
    ("bean", 2000, "mar", 0.3, 0),
    *((name, 2000, "mcar", 0.3, 0) for name in ("housing", "kin8nm", "power", "yacht")),
)

SUITES = {"research": RESEARCH, "quick": QUICK, "full": FULL}
# Above this many rows rivals and ours are asked for five completed tables, below for ten.
MANY_ROWS = 5000


def n_imputations(n_rows: int) -> int:
    """m of a case with this many rows."""
    return 5 if n_rows > MANY_ROWS else 10
