"""How far the work is, with the time left, on a terminal; nothing elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[str, int, int], None]


@contextmanager
def show_progress(wanted: bool = True) -> Iterator[Progress | None]:
    """Give a function ``(stage, done, total)`` to report to; None where nobody is looking.

    Parameters
    ----------
    wanted
        Whether to show anything at all.
    """
    if not (wanted and sys.stderr.isatty()):
        yield None
        return
    import rich.console
    import rich.progress as parts

    bars = parts.Progress(
        parts.TextColumn("{task.description}"),
        parts.BarColumn(),
        parts.TaskProgressColumn(),
        parts.TimeElapsedColumn(),
        parts.TextColumn("left"),
        parts.TimeRemainingColumn(),
        console=rich.console.Console(stderr=True),
        transient=True,
    )
    tasks: dict[str, parts.TaskID] = {}

    def report(stage: str, done: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(stage.capitalize(), total=total)
        bars.update(tasks[stage], completed=done, total=total)

    with bars:
        yield report
