"""Queries inside expressions, and what ties them to the rows outside."""
