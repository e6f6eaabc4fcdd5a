SELECT manufacturer, count(*) AS flights, count(DISTINCT planes.tailnum) AS planes, avg(seats) AS seats
FROM flights LEFT JOIN planes ON flights.tailnum = planes.tailnum
GROUP BY manufacturer
ORDER BY flights DESC, manufacturer
LIMIT 12;
