"""Assets placed somewhere, under a sky and a clock; what changes, what happened, and what was recorded."""
