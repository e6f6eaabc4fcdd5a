"""Functions and operators on dates, times, moments and intervals."""
