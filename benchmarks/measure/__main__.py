"""``python -m benchmarks.measure``."""

from benchmarks.measure.studies import main

main()
