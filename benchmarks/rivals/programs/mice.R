# Rscript mice.R METHOD FOLDER M SEED: METHOD is a mice method for every column, or "default".
arguments <- commandArgs(trailingOnly = TRUE)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
source(file.path(here, "exchange.R"))
suppressPackageStartupMessages(library(mice))

method <- arguments[1]
folder <- arguments[2]
m <- as.integer(arguments[3])
holed <- read_case(folder)
options(warn = -1)
# Least squares inside mice fails on columns of very different sizes (population beside shares): standardise for it.
number <- if (method == "cart") rep(FALSE, ncol(holed)) else sapply(holed, is.numeric)
centre <- sapply(holed[number], mean, na.rm = TRUE)
width <- sapply(holed[number], sd, na.rm = TRUE)
given <- holed
given[number] <- Map(function(x, a, b) (x - a) / b, holed[number], centre, width)
started <- proc.time()[["elapsed"]]
if (method == "default") {
  fit <- mice(given, m = m, printFlag = FALSE, seed = as.integer(arguments[4]))
} else {
  fit <- mice(given, m = m, method = method, printFlag = FALSE, seed = as.integer(arguments[4]))
}
completed <- complete(fit, "all")
seconds <- proc.time()[["elapsed"]] - started
logged <- if (is.null(fit$loggedEvents)) 0 else nrow(fit$loggedEvents)
completed <- lapply(completed, function(frame) {
  frame[number] <- Map(function(x, a, b) x * b + a, frame[number], centre, width)
  frame
})
write_draws(completed, holed, folder)
write_facts(folder, seconds, "mice", sprintf(', "logged_events": %d', logged))
