"""Scenarios run by run: what differs between histories that share their luck."""
