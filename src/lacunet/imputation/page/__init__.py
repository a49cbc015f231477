"""What the report says about a set of imputations: the way from results to the plain data of a page."""

from lacunet.imputation.page._fill import fill_page as fill_page
