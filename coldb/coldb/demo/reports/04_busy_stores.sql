-- Stores that sold over a fifth more than the average store.
SELECT t.name, t.city, t.nation, sum(s.revenue_cents) AS revenue_cents
FROM sales AS s
JOIN store AS t ON t.store_id = s.store_id
GROUP BY t.store_id, t.name, t.city, t.nation
HAVING 5 * sum(s.revenue_cents) * (SELECT count(*) FROM store) > 6 * (
    SELECT sum(revenue_cents) FROM sales WHERE store_id IS NOT NULL
)
ORDER BY revenue_cents DESC, t.name;
