"""The command line: a module a command, and `main`, which turns errors into exit statuses."""
