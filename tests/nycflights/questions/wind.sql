SELECT CASE WHEN wind_speed >= 20 THEN 'strong' WHEN wind_speed >= 10 THEN 'fresh' ELSE 'calm' END AS wind,
    count(*) AS flights, avg(dep_delay) AS delay
FROM flights JOIN weather ON flights.origin = weather.origin AND flights.time_hour = weather.time_hour
WHERE wind_speed IS NOT NULL
GROUP BY wind
ORDER BY wind;
