# Read the frame that _exchange.py left in a folder; write draws and facts back.

read_case <- function(folder) {
  columns <- read.csv(file.path(folder, "columns.csv"), stringsAsFactors = FALSE)
  path <- file.path(folder, "cells.bin")
  cells <- readBin(path, "double", n = file.size(path) / 8, endian = "little")
  cells <- matrix(cells, ncol = nrow(columns))
  frame <- lapply(seq_len(nrow(columns)), function(j) {
    x <- cells[, j]
    x[is.nan(x)] <- NA
    if (columns$kind[j] == "number") return(x)
    present <- sort(unique(x[!is.na(x)]))  # levels nobody shows in the holed data are unknown to the method
    factor(x, levels = present, ordered = columns$kind[j] == "ordered")
  })
  names(frame) <- columns$name
  as.data.frame(frame)
}

as_numbers <- function(column) {
  if (is.factor(column)) as.numeric(as.character(column)) else as.numeric(column)
}

write_draws <- function(completed, holed, folder) {
  missing <- lapply(holed, is.na)
  draws <- unlist(lapply(completed, function(frame) {
    unlist(lapply(seq_along(frame), function(j) as_numbers(frame[[j]])[missing[[j]]]))
  }))
  writeBin(as.double(draws), file.path(folder, "draws.bin"), endian = "little")
}

peak_mib <- function() {
  line <- grep("^VmHWM", readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}

write_facts <- function(folder, seconds, package, extra = "") {
  text <- sprintf('{"seconds": %.3f, "peak_mib": %.1f, "version": "%s", "r": "%s"%s}',
                  seconds, peak_mib(), as.character(packageVersion(package)),
                  paste(R.version$major, R.version$minor, sep = "."), extra)
  writeLines(text, file.path(folder, "facts.json"))
}
