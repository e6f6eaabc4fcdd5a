"""Laws that hold for any data and any query, tried on random ones."""
