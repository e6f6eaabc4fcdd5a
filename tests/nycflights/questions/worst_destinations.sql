SELECT dest, airports.name, count(*) AS flights, avg(arr_delay) AS delay
FROM flights LEFT JOIN airports ON dest = faa
GROUP BY dest, airports.name
HAVING count(*) > 1000
ORDER BY delay DESC
LIMIT 10;
