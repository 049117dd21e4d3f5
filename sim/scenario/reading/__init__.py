"""Files as they are written: where they lie, their chain, values with places, what is wrong."""
