"""MIDAS: specification, fitted imputer, imputations, overimputation."""

from lacunet.imputation._classic import ClassicMidas as ClassicMidas
from lacunet.imputation._fitted import FittedMidas as FittedMidas
from lacunet.imputation._imputations import Imputations as Imputations
from lacunet.imputation._midas import Midas as Midas
from lacunet.imputation._midas import impute as impute
from lacunet.imputation._overimpute import Overimputation as Overimputation
from lacunet.imputation._rank import rank_imputers as rank_imputers
from lacunet.imputation._ranking import Ranking as Ranking
from lacunet.imputation.sensitivity import Prior as Prior
from lacunet.imputation.sensitivity import TippingPoint as TippingPoint
