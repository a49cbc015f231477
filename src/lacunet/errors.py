"""Every exception and warning that a user can meet.

A message has three parts: what was found (value and name), what was needed, what to do.
"""


class LacunetError(Exception):
    """Root of every error that lacunet raises on purpose."""


class SpecError(LacunetError, ValueError):
    """An option of a specification or of a call is wrong (for example ``m=0``)."""


class DataError(LacunetError, ValueError):
    """The data handed over cannot be used as they are."""


class ColumnError(DataError):
    """One column cannot be used as it is, is missing, or holds a level never seen."""


class TrainingError(LacunetError, RuntimeError):
    """Training failed, for example through a loss that is not finite."""


class ConvergenceWarning(UserWarning):
    """A result was produced, but the fit behind it did not settle."""


class DataWarning(UserWarning):
    """Something about the data was decided for the user, who may want to know."""
