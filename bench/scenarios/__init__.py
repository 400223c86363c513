"""One module for each group of rows; each has `run(settings)`, which returns figures."""
