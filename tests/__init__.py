"""Tests of coldb, one folder for each room of the house."""
