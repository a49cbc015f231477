# What R says of five completed copies of a simulated survey. Made with R 4.2.2, mice 3.15.0, mitml 0.4-4, mitools 2.4,
# MASS 7.3-58.2, nnet 7.3-18, ordinal 2022.11-16, survival 3.5-3, survey 4.1-1. Run in this folder: Rscript pool_models.R
#   pool_models_data.csv      the five completed copies (200 rows each, column .imp)
#   pool_models_results.csv   mice::pool and mitools::MIcombine, one row a term
#   pool_models_fits.csv      every single fit behind them: term by term, with the covariance matrix and the log-likelihood
#   pool_models_joint.csv     D1, D2, D3, D4 of mitml and mice for nested models
#   pool_models_quantities.csv  pooled R squared (mice) and what it was made from
#   pool_models_scalars.csv   means, quantiles (Woodruff, of R's survey) and a correlation, pooled by mice::pool.scalar
# How far R's own optimisers go (relative, held against the score and statsmodels): lm, glm, clm 1e-14; coxph 1e-12; glm.nb
# 1e-10 for coefficients, 4e-9 for theta; polr 1e-8, its Hessian by differences 1e-7; multinom (BFGS) 1e-6, its standard errors
# 1e-8. ordinal::clm (Newton) therefore stands beside polr. Two covariances are of another kind than Stata's or statsmodels':
# glm's probit is of the expected information, and glm.nb's takes theta as known.
suppressPackageStartupMessages({library(mice); library(mitml); library(mitools)})
options(digits = 17)
RNGversion("3.6.0")
set.seed(20261123)
n <- 200
x1 <- rnorm(n)
x2 <- 0.5 * x1 + rnorm(n)
g <- factor(sample(c("a", "b", "c"), n, TRUE), levels = c("a", "b", "c"))
lift <- c(0, 0.4, -0.5)[g]
y <- 1 + 0.5 * x1 + 0.25 * x2 + lift + rnorm(n)
event01 <- rbinom(n, 1, plogis(-0.3 + 0.6 * x1 - 0.4 * x2 + lift))
count <- rnbinom(n, mu = exp(0.6 + 0.3 * x1 + 0.2 * lift), size = 1.5)
rank <- cut(0.7 * x1 + 0.3 * x2 + rlogis(n), c(-Inf, -0.8, 0.9, Inf), labels = c("low", "middle", "high"))
utility <- cbind(0, 0.2 + 0.5 * x1, -0.2 - 0.4 * x2) - log(-log(matrix(runif(3 * n), n)))
choice <- factor(c("bus", "car", "walk")[max.col(utility)], levels = c("bus", "car", "walk"))
time <- round(rexp(n, exp(-1 + 0.4 * x1 + 0.2 * lift)), 4) + 1e-4
status <- rbinom(n, 1, 0.7)
frame <- data.frame(y, d = factor(event01), count, rank = ordered(rank), choice, x1, x2, g, time, status)
hide <- function(v, share, by = x1) { v[runif(n) < share * 2 * plogis(by)] <- NA; v }
frame$x2 <- hide(frame$x2, 0.30); frame$y <- hide(frame$y, 0.15); frame$d <- hide(frame$d, 0.15)
frame$g <- hide(frame$g, 0.15); frame$rank <- hide(frame$rank, 0.10); frame$choice <- hide(frame$choice, 0.10)
frame$count <- hide(frame$count, 0.10)
imp <- mice(frame, m = 5, maxit = 5, printFlag = FALSE, seed = 20261123,
            method = c("norm", "logreg", "pmm", "polr", "polyreg", "", "norm", "polyreg", "", ""))
data <- complete(imp, "long")[, c(".imp", names(frame))]
precise <- function(table) {
  numbers <- vapply(table, is.double, TRUE)
  table[numbers] <- lapply(table[numbers], function(v) ifelse(is.na(v), "", sprintf("%.17g", v)))
  table
}
store <- function(table, file) write.csv(precise(table), file, row.names = FALSE, quote = FALSE, na = "")
store(data, "pool_models_data.csv")
data$g <- factor(data$g, levels = c("a", "b", "c"))
data$d01 <- as.numeric(as.character(data$d))
frames <- split(data, data$.imp)

tight <- glm.control(epsilon = 1e-15, maxit = 200)
fit_all <- function(f) lapply(frames, f)
# glm hands out the covariance of its last step but one: a second run from the first one's end settles that
glm_twice <- function(formula, family, z) {
  first <- glm(formula, family, z, control = tight)
  eval(bquote(glm(.(formula), .(family), z, start = .(coef(first)), control = tight)))
}
fits <- list(
  ols = fit_all(function(z) lm(y ~ x1 + x2 + g, z)),
  logit = fit_all(function(z) glm_twice(d01 ~ x1 + x2 + g, binomial(), z)),
  probit = fit_all(function(z) glm_twice(d01 ~ x1 + x2 + g, binomial("probit"), z)),
  poisson = fit_all(function(z) glm_twice(count ~ x1 + x2 + g, poisson(), z)),
  negbin = fit_all(function(z) MASS::glm.nb(count ~ x1 + x2 + g, z, control = tight)),
  ordered_polr = fit_all(function(z) MASS::polr(rank ~ x1 + x2 + g, z, Hess = TRUE,
                                                control = list(reltol = 1e-16, maxit = 5000))),
  ordered_clm = fit_all(function(z) ordinal::clm(rank ~ x1 + x2 + g, data = z,
                                                 control = list(gradTol = 1e-12, maxIter = 200L))),
  multinomial = fit_all(function(z) nnet::multinom(choice ~ x1 + x2 + g, z, Hess = TRUE, maxit = 5000,
                                                   reltol = 1e-16, abstol = 1e-16, trace = FALSE)),
  cox = fit_all(function(z) survival::coxph(survival::Surv(time, status) ~ x1 + x2 + g, z, ties = "efron",
                                            control = survival::coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 200)))
)

flat <- function(fit) {  # estimates in the order of vcov, named "level:term" for multinom as vcov does
  if (inherits(fit, "multinom")) { b <- t(coef(fit)); return(setNames(c(b), rownames(vcov(fit)))) }
  if (inherits(fit, "polr")) return(c(coef(fit), fit$zeta))
  if (inherits(fit, "clm")) return(c(fit$beta, fit$alpha))
  coef(fit)
}
covariance <- function(fit) { v <- vcov(fit); v[names(flat(fit)), names(flat(fit)), drop = FALSE] }
mice_rows <- function(model) {
  pooled <- try(pool(as.mira(fits[[model]])), silent = TRUE)
  if (inherits(pooled, "try-error")) { message(model, ": mice::pool refuses"); return(NULL) }
  p <- pooled$pooled
  term <- if ("y.level" %in% names(p)) paste0(p$y.level, ":", p$term) else as.character(p$term)
  half <- qt(0.975, p$df) * sqrt(p$t)
  data.frame(software = "mice", model, term, estimate = p$estimate, std_error = sqrt(p$t), df = p$df,
             p_value = 2 * pt(-abs(p$estimate / sqrt(p$t)), p$df), conf_low = p$estimate - half,
             conf_high = p$estimate + half, fmi = p$fmi, riv = p$riv, lambda = p$lambda, dfcom = as.numeric(p$dfcom))
}
blank <- function(software, model, term, estimate, std_error, df, fmi, riv, dfcom, p_value = NA) data.frame(
  software, model, term, estimate, std_error, df = as.numeric(df), p_value, conf_low = NA_real_, conf_high = NA_real_,
  fmi, riv, lambda = NA_real_, dfcom = as.numeric(dfcom))
mitools_rows <- function(model, dfcom) {
  k <- MIcombine(lapply(fits[[model]], flat), lapply(fits[[model]], covariance), df.complete = dfcom)
  blank("mitools", model, names(k$coefficients), k$coefficients, sqrt(diag(k$variance)), k$df, k$missinfo, NA_real_, dfcom)
}
mitml_rows <- function(model, dfcom) {
  e <- testEstimates(fits[[model]], df.com = dfcom)$estimates
  blank("mitml", model, rownames(e), e[, "Estimate"], e[, "Std.Error"], e[, "df"], e[, "FMI"], e[, "RIV"],
        if (is.null(dfcom)) Inf else dfcom, e[, "P(>|t|)"])
}
models <- names(fits)
results <- do.call(rbind, c(
  lapply(models, mice_rows),
  lapply(models, mitools_rows, dfcom = Inf), lapply(c("ols", "logit"), mitools_rows, dfcom = 195),
  list(mitml_rows("ols", NULL), mitml_rows("ols", 195), mitml_rows("logit", NULL), mitml_rows("poisson", NULL))
))
store(results, "pool_models_results.csv")

fit_rows <- function(model) do.call(rbind, lapply(seq_along(fits[[model]]), function(i) {
  fit <- fits[[model]][[i]]
  v <- covariance(fit)
  wide <- as.data.frame(matrix(NA_real_, nrow(v), 10)); wide[, seq_len(ncol(v))] <- v
  names(wide) <- paste0("v", 1:10)
  extra <- if (model == "negbin") c(fit$theta, fit$SE.theta) else c(NA_real_, NA_real_)
  data.frame(model, imp = i, term = names(flat(fit)), estimate = flat(fit), std_error = sqrt(diag(v)),
             log_likelihood = as.numeric(logLik(fit)), theta = extra[1], se_theta = extra[2], wide, row.names = NULL)
}))
store(do.call(rbind, lapply(models, fit_rows)), "pool_models_fits.csv")

# ---- joint tests: full against nothing but x1 -----------------------------------------------------------------
null <- list(ols = fit_all(function(z) lm(y ~ x1, z)),
             logit = fit_all(function(z) glm_twice(d01 ~ x1, binomial(), z)))
single <- list(ols = fit_all(function(z) lm(y ~ x1 + g, z)),
               logit = fit_all(function(z) glm_twice(d01 ~ x1 + g, binomial(), z)))
once <- list(ols = function(nested) list(fits$ols, if (nested == "three") null$ols else single$ols), logit = function(nested) {
  list(fit_all(function(z) glm(d01 ~ x1 + x2 + g, binomial, z, control = tight)),
       if (nested == "three") fit_all(function(z) glm(d01 ~ x1, binomial, z, control = tight))
       else fit_all(function(z) glm(d01 ~ x1 + g, binomial, z, control = tight)))
})
joint <- NULL
keep <- function(software, model, test, use, df_com, t, nested = "three") {
  if (inherits(t, "try-error")) { message(software, " ", model, " ", test, ": ", t); return(invisible()) }
  joint <<- rbind(joint, data.frame(software, model, nested, method = test, use, df_com, statistic = t[1], df1 = t[2],
                                    df2 = t[3], p_value = t[4], riv = t[5], row.names = NULL))
}
of_mitml <- function(...) try(as.numeric(unclass(testModels(...))$test)[1:5], silent = TRUE)
of_mice <- function(f, ...) try(as.numeric(f(...)$result)[c(1, 2, 3, 4, 5)], silent = TRUE)
for (model in names(null)) {
  full <- fits[[model]]
  for (nested in c("three", "one")) {
    small <- if (nested == "three") null[[model]] else single[[model]]
    keep("mitml", model, "D1", "wald", Inf, of_mitml(full, small, method = "D1"), nested)
    for (df in c(195, 50, 12)) keep("mitml", model, "D1", "wald", df, of_mitml(full, small, method = "D1", df.com = df), nested)
    keep("mitml", model, "D2", "wald", Inf, of_mitml(full, small, method = "D2", use = "wald"), nested)
    keep("mitml", model, "D2", "likelihood", Inf, of_mitml(full, small, method = "D2", use = "likelihood"), nested)
    if (model == "ols") keep("mitml", model, "D3", "likelihood", Inf, of_mitml(full, small, method = "D3"), nested)
    keep("mitml", model, "D4", "likelihood", Inf, of_mitml(full, small, method = "D4", data = frames), nested)
    keep("mitml", model, "D4", "robust", Inf, of_mitml(full, small, method = "D4", ariv = "robust", data = frames), nested)
    keep("mice", model, "D1", "wald", NA, of_mice(D1, as.mira(full), as.mira(small)), nested)
    for (df in c(195, 50)) keep("mice", model, "D1", "wald", df, of_mice(D1, as.mira(full), as.mira(small), dfcom = df), nested)
    keep("mice", model, "D2", "wald", NA, of_mice(D2, as.mira(full), as.mira(small)), nested)
    keep("mice", model, "D2", "likelihood", NA, of_mice(D2, as.mira(full), as.mira(small), use = "likelihood"), nested)
    pair <- once[[model]](nested)  # D3 of mice cannot update a glm that was given starting values
    keep("mice", model, "D3", "likelihood", NA, of_mice(D3, as.mira(pair[[1]]), as.mira(pair[[2]])), nested)
  }
  # two imputations: k (m - 1) = 3, the other branch of the denominator's degrees of freedom
  keep("mitml", model, "D1", "m2", Inf, of_mitml(full[1:2], null[[model]][1:2], method = "D1"))
  keep("mitml", model, "D4", "m2", Inf, of_mitml(full[1:2], null[[model]][1:2], method = "D4", data = frames[1:2]))
}
store(joint, "pool_models_joint.csv")

# ---- pooled R squared ------------------------------------------------------------------------------------------
r2 <- vapply(fits$ols, function(f) summary(f)$r.squared, 0)
adjusted <- vapply(fits$ols, function(f) summary(f)$adj.r.squared, 0)
of_mice_r2 <- function(name, ...) data.frame(quantity = name, t(pool.r.squared(as.mira(fits$ols), ...)[1, ]))
quantities <- rbind(of_mice_r2("r_squared"), of_mice_r2("adjusted_r_squared", adjusted = TRUE))
names(quantities) <- c("quantity", "estimate", "conf_low", "conf_high", "fmi")
quantities <- cbind(quantities, setNames(as.data.frame(rbind(r2, adjusted)), paste0("value", 1:5)))
store(quantities, "pool_models_quantities.csv")

# ---- means, quantiles, a correlation ---------------------------------------------------------------------------
suppressPackageStartupMessages(library(survey))
w <- 0.5 + (seq_len(n) %% 4) / 2  # weights by row number, the same in the tests
pooled_scalar <- function(quantity, of, complete_n) {
  each <- vapply(frames, of, c(0, 0))
  p <- pool.scalar(each[1, ], each[2, ]^2, n = complete_n)
  data.frame(quantity, estimate = p$qbar, std_error = sqrt(p$t), df = p$df, fmi = p$fmi, riv = p$r)
}
mean_of <- function(z, weights) { s <- svymean(~y, svydesign(~1, weights = weights, data = z)); c(coef(s), SE(s)) }
quantile_of <- function(z, q) {
  s <- svyquantile(~y, svydesign(~1, weights = ~1, data = z), q, interval.type = "mean", qrule = "hf7", df = Inf)
  c(s$y[1, "quantile"], (s$y[1, 3] - s$y[1, 2]) / (2 * qnorm(0.975)))
}
scalars <- rbind(
  pooled_scalar("mean", function(z) mean_of(z, ~1), n),
  pooled_scalar("weighted_mean", function(z) mean_of(z, w), n),
  pooled_scalar("q0.25", function(z) quantile_of(z, 0.25), Inf),
  pooled_scalar("q0.5", function(z) quantile_of(z, 0.5), Inf),
  pooled_scalar("q0.9", function(z) quantile_of(z, 0.9), Inf),
  pooled_scalar("fisher_z", function(z) c(atanh(cor(z$y, z$x1)), 1 / sqrt(n - 3)), Inf)
)
store(scalars, "pool_models_scalars.csv")
