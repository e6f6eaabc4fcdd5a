-- Customers who bought nothing in 2024, by segment.
SELECT u.segment, count(*) AS customers, min(u.since) AS earliest, max(u.since) AS latest
FROM customer AS u
LEFT JOIN (
    SELECT DISTINCT s.customer_id
    FROM sales AS s JOIN calendar AS c ON c.day = s.day
    WHERE c.year = 2024
) AS active ON active.customer_id = u.customer_id
WHERE active.customer_id IS NULL
GROUP BY u.segment
ORDER BY u.segment;
