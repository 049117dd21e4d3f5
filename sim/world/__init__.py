"""The world as it is: where the data lie, the seeds, their gaps, and the regime of a year."""
