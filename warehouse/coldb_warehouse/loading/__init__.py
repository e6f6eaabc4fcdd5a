"""From batches of Arrow data to rows in order, checked, their keys resolved."""
