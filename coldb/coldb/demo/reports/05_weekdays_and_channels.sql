-- Which channel sells on which day of the week? One row a day, one column a channel.
SELECT c.weekday, c.weekday_name,
       sum(CASE WHEN s.channel = 'store' THEN s.revenue_cents ELSE 0 END) AS store_cents,
       sum(CASE WHEN s.channel = 'web' THEN s.revenue_cents ELSE 0 END) AS web_cents,
       sum(CASE WHEN s.channel = 'app' THEN s.revenue_cents ELSE 0 END) AS app_cents,
       sum(CASE WHEN s.channel = 'phone' THEN s.revenue_cents ELSE 0 END) AS phone_cents
FROM sales AS s
JOIN calendar AS c ON c.day = s.day
GROUP BY c.weekday, c.weekday_name
ORDER BY c.weekday;
