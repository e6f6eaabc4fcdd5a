-- Where do our customers live, and what do they bring in, year by year?
SELECT u.region, c.year, count(*) AS lines, sum(s.revenue_cents) AS revenue_cents
FROM sales AS s
JOIN customer AS u ON u.customer_id = s.customer_id
JOIN calendar AS c ON c.day = s.day
GROUP BY u.region, c.year
ORDER BY u.region, c.year;
