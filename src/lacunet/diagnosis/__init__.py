"""Can the imputations be trusted: missingness, agreement with what is known, stability."""
