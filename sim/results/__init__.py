"""What runs leave behind: the register of outcomes, and the results folder written and read."""
