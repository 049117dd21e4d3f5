"""Files as they are written: their chain, their values with places, what is wrong with them."""
