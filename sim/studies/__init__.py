"""Questions put to results: one file per study with its method, figures and report."""
