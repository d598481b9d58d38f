"""One file per policy: which p-values become alarms."""
