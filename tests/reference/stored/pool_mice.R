# Makes pool_mice_data.csv (five completed copies of mice's nhanes2) and pool_mice_results.csv (what mice says of them).
# Run in this folder: Rscript pool_mice.R   (made with R 4.2.2 and mice 3.15.0)
library(mice)
imp <- mice(nhanes2, m = 5, maxit = 5, printFlag = FALSE, seed = 20261123)
long <- complete(imp, "long")
write.csv(long[, c(".imp", "age", "bmi", "hyp", "chl")], "pool_mice_data.csv", row.names = FALSE, quote = FALSE)

describe <- function(model, fit) {
  pooled <- pool(fit)
  table <- summary(pooled, conf.int = TRUE)
  data.frame(
    model = model, term = as.character(table$term), estimate = table$estimate, std_error = table$std.error,
    statistic = table$statistic, df = table$df, p_value = table$p.value,
    conf_low = table$`2.5 %`, conf_high = table$`97.5 %`,
    fmi = pooled$pooled$fmi, riv = pooled$pooled$riv, lambda = pooled$pooled$lambda, dof = pooled$pooled$dfcom
  )
}
tight <- glm.control(epsilon = 1e-14, maxit = 100)
results <- rbind(
  describe("ols", with(imp, lm(chl ~ age + bmi))),
  describe("logit", with(imp, glm(hyp ~ bmi + chl, family = binomial, control = tight)))
)
numbers <- sapply(results, is.numeric)
results[numbers] <- lapply(results[numbers], function(x) sprintf("%.17g", x))
write.csv(results, "pool_mice_results.csv", row.names = FALSE, quote = FALSE)
