"""Studies: replications, comparisons, budgets."""
