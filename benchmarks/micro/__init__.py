"""One table, one operation a query: functions, windows, sorting, grouping and joins by themselves."""
