SELECT day_date, count(*) AS cancelled
FROM flights
WHERE dep_time IS NULL
GROUP BY day_date
ORDER BY cancelled DESC, day_date
LIMIT 10;
