-- Payments of each method over the months of 2024.
SELECT c.month, y.method, count(*) AS payments, sum(y.amount_cents) AS amount_cents
FROM payments AS y
JOIN calendar AS c ON c.day = y.day
WHERE c.year = 2024
GROUP BY c.month, y.method
ORDER BY c.month, y.method;
