SELECT weekday, count(*) AS flights, sum(distance) AS miles, avg(air_time) AS minutes
FROM flights JOIN calendar ON day_date = date
WHERE quarter = 3
GROUP BY weekday
ORDER BY flights DESC;
