# Rscript amelia.R FOLDER M SEED: Amelia II with nominal and ordinal columns declared, ridge prior of 1 % of rows.
arguments <- commandArgs(trailingOnly = TRUE)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
source(file.path(here, "exchange.R"))
suppressPackageStartupMessages(library(Amelia))

folder <- arguments[1]
m <- as.integer(arguments[2])
holed <- read_case(folder)
set.seed(as.integer(arguments[3]))
kind <- sapply(holed, function(x) if (is.ordered(x)) "ordered" else if (is.factor(x)) "nominal" else "number")
as_codes <- function(x) if (is.factor(x)) as.integer(x) else x
frame <- as.data.frame(lapply(holed, as_codes))
set_of <- function(which) if (any(kind == which)) names(holed)[kind == which] else NULL

started <- proc.time()[["elapsed"]]
fit <- amelia(frame, m = m, p2s = 0, noms = set_of("nominal"), ords = set_of("ordered"), empri = 0.01 * nrow(frame))
seconds <- proc.time()[["elapsed"]] - started
if (!inherits(fit, "amelia") || fit$code != 1) stop(paste("amelia:", fit$message))

decode <- function(draw) {
  frame <- lapply(seq_along(holed), function(j) {
    if (!is.factor(holed[[j]])) return(draw[[j]])
    present <- levels(holed[[j]])
    as.numeric(present)[pmin(pmax(round(draw[[j]]), 1), length(present))]
  })
  frame
}
write_draws(lapply(fit$imputations, decode), holed, folder)
write_facts(folder, seconds, "Amelia")
