"""What a predictor has learned, whatever it is: functions of `predict` and a pandas frame of inputs."""

from lacunet.prediction.explain._calibration import Calibration, measure_calibration
from lacunet.prediction.explain._dependence import PartialDependence, partial_dependence
from lacunet.prediction.explain._inputs import Predict, PredictEach
from lacunet.prediction.explain._interaction import Interactions, interaction_strength
from lacunet.prediction.explain._local_effects import AccumulatedEffects, accumulated_effects
from lacunet.prediction.explain._marginal import AverageEffects, average_effects
from lacunet.prediction.explain._permutation import Importance, permutation_importance
from lacunet.prediction.explain._shapley import ShapleyValues, shapley_values

__all__ = [
    "AccumulatedEffects",
    "AverageEffects",
    "Calibration",
    "Importance",
    "Interactions",
    "PartialDependence",
    "Predict",
    "PredictEach",
    "ShapleyValues",
    "accumulated_effects",
    "average_effects",
    "interaction_strength",
    "measure_calibration",
    "partial_dependence",
    "permutation_importance",
    "shapley_values",
]
