SELECT planes.tailnum, planes.year, model, count(*) AS flights
FROM flights JOIN planes ON flights.tailnum = planes.tailnum
WHERE planes.year < 1970
GROUP BY planes.tailnum, planes.year, model
ORDER BY planes.year, planes.tailnum;
