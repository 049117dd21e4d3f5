"""Estimates from results: effects and their errors, costs, designs, published figures."""
