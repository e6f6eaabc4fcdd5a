"""Functions and operators on text and bytes."""
