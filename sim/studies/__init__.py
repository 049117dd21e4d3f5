"""Questions put to results: each study's method, figures and report in a room of its own."""
