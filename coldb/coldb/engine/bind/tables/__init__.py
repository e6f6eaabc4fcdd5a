"""What can stand for a table in FROM besides a stored one: frames, views, functions, older versions."""
