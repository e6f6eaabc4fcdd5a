SELECT hour, count(*) AS flights, sum(CASE WHEN arr_delay > 15 THEN 1 ELSE 0 END) * 100 / count(*) AS late_percent
FROM flights
WHERE arr_delay IS NOT NULL AND origin = 'JFK'
GROUP BY hour
ORDER BY hour;
