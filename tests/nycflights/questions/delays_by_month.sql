SELECT calendar.month, origin, avg(dep_delay) AS delay, max(dep_delay) AS worst
FROM flights JOIN calendar ON day_date = date
GROUP BY calendar.month, origin
ORDER BY calendar.month, origin;
