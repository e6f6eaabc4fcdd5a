"""Calls of functions of every kind: scalar, aggregate, window, set-returning, and macros."""
