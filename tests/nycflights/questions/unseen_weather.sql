SELECT flights.origin, count(*) AS flights
FROM flights LEFT JOIN weather ON flights.origin = weather.origin AND flights.time_hour = weather.time_hour
WHERE temp IS NULL
GROUP BY flights.origin
ORDER BY flights.origin;
