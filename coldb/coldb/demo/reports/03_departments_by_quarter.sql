-- How do departments do over the quarters of two years, in Europe's stores?
SELECT c.year, c.quarter, p.department, sum(s.revenue_cents) AS revenue_cents,
       count(DISTINCT s.customer_id) AS customers
FROM sales AS s
JOIN calendar AS c ON c.day = s.day
JOIN product AS p ON p.product_id = s.product_id
JOIN store AS t ON t.store_id = s.store_id
WHERE t.region = 'EUROPE' AND c.year BETWEEN 2023 AND 2024
GROUP BY c.year, c.quarter, p.department
ORDER BY c.year, c.quarter, p.department;
