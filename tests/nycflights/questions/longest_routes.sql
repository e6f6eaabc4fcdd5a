SELECT DISTINCT origin, dest, distance
FROM flights
WHERE distance > (SELECT avg(distance) * 2 FROM flights)
ORDER BY distance DESC, origin, dest
LIMIT 10;
