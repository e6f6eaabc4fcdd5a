-- What comes back? Lines with a negative quantity, for each category.
SELECT p.department, p.category, count(*) AS lines,
       sum(CASE WHEN s.quantity < 0 THEN 1 ELSE 0 END) AS returned_lines,
       sum(CASE WHEN s.quantity < 0 THEN -s.revenue_cents ELSE 0 END) AS returned_cents
FROM sales AS s
JOIN product AS p ON p.product_id = s.product_id
GROUP BY p.department, p.category
ORDER BY returned_cents DESC, p.category;
