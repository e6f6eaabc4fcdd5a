-- The ten products that earned most in 2024.
SELECT p.name, p.category, sum(s.quantity) AS pieces, sum(s.revenue_cents) AS revenue_cents
FROM sales AS s
JOIN product AS p ON p.product_id = s.product_id
JOIN calendar AS c ON c.day = s.day
WHERE c.year = 2024
GROUP BY p.product_id, p.name, p.category
ORDER BY revenue_cents DESC, p.name
LIMIT 10;
