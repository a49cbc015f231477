"""What if missing values differ from what observed ones suggest: shifts, tipping points, priors, own functions."""

from lacunet.imputation.sensitivity._face import Adjustment
from lacunet.imputation.sensitivity._methods import Sensitivity
from lacunet.imputation.sensitivity._prior import Prior
from lacunet.imputation.sensitivity._resample import resample_cells
from lacunet.imputation.sensitivity._shift import shift_cells
from lacunet.imputation.sensitivity._tipping import TippingPoint, find_tipping_point
from lacunet.imputation.sensitivity._transform import transform_cells

__all__ = [
    "Adjustment",
    "Prior",
    "Sensitivity",
    "TippingPoint",
    "find_tipping_point",
    "resample_cells",
    "shift_cells",
    "transform_cells",
]
