"""Completed data sets as other programs read them."""

from lacunet.imputation.export._parquet import write_parquet
from lacunet.imputation.export._spss import write_spss
from lacunet.imputation.export._stata import write_stata
from lacunet.imputation.export._text import write_amelia, write_csv, write_mice

__all__ = ["write_amelia", "write_csv", "write_mice", "write_parquet", "write_spss", "write_stata"]
