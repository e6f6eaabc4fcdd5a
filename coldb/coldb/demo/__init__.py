"""The demo: a shop, the model of its star, and reports."""
