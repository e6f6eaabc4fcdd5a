"""Real data: the flights that left New York in 2013, loaded as a star and asked about."""
