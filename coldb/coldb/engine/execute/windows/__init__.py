"""Window functions: rows are put in order by partition, and each looks at the rows around its own."""
