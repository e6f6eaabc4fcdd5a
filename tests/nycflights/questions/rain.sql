SELECT flights.origin, count(*) AS flights, avg(arr_delay) AS delay
FROM flights, weather
WHERE flights.origin = weather.origin AND flights.time_hour = weather.time_hour
  AND precip > 0.1 AND visib < 3
GROUP BY flights.origin
ORDER BY flights.origin;
