"""The pages that people read: every block of them runs, every link leads somewhere."""
