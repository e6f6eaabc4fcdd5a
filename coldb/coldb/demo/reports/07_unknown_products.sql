-- Sales of products that the shop does not know, for each store: LEFT JOIN keeps them.
SELECT t.name AS store, count(*) AS lines, sum(s.revenue_cents) AS revenue_cents
FROM sales AS s
LEFT JOIN product AS p ON p.product_id = s.product_id
LEFT JOIN store AS t ON t.store_id = s.store_id
WHERE p.product_id IS NULL
GROUP BY t.name
ORDER BY lines DESC, store
LIMIT 20;
