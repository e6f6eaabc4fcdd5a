-- What Asia buys in the last week before the holidays: brands bought more than once.
SELECT u.nation, p.brand, sum(s.quantity) AS pieces
FROM sales AS s
JOIN customer AS u ON u.customer_id = s.customer_id
JOIN product AS p ON p.product_id = s.product_id
WHERE s.day BETWEEN DATE '2024-12-17' AND DATE '2024-12-24'
  AND u.region = 'ASIA' AND p.department IN ('Toys', 'Electronics')
GROUP BY u.nation, p.brand
HAVING count(*) > 1
ORDER BY pieces DESC, u.nation, p.brand;
