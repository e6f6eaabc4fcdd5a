"""Where data comes from: one file for each kind of source, one protocol for all."""
