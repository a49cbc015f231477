# Makes flux_data.csv (three tables with holes, long form) and flux_results.csv (what mice's flux says of them).
# Run in this folder: Rscript flux.R   (made with R 4.2.2 and mice 3.15.0)
library(mice)
absent <- data.frame(a = c(NA, NA, NA, NA), b = c(1, NA, 3, 4), c = c(1, 2, 3, NA))
tables <- list(nhanes = nhanes, boys = boys, absent = absent)
cells <- do.call(rbind, lapply(names(tables), function(name) {
  holes <- is.na(tables[[name]])
  data.frame(table = name, row = rep(seq_len(nrow(holes)), ncol(holes)),
             variable = rep(colnames(holes), each = nrow(holes)), missing = as.integer(holes))
}))
write.csv(cells[cells$missing == 1 | cells$row == 1 | (cells$table == "boys" & cells$row == nrow(boys)) |
                (cells$table == "nhanes" & cells$row == nrow(nhanes)) | cells$table == "absent", ],
          "flux_data.csv", row.names = FALSE, quote = FALSE)
results <- do.call(rbind, lapply(names(tables), function(name) {
  found <- flux(tables[[name]])
  cbind(data.frame(table = name, variable = rownames(found)), found)
}))
numbers <- sapply(results, is.numeric)
results[numbers] <- lapply(results[numbers], function(x) sprintf("%.17g", x))
write.csv(results, "flux_results.csv", row.names = FALSE, quote = FALSE)
