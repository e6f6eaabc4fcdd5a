SELECT goes.tzone, count(*) AS flights, min(distance) AS nearest, max(distance) AS farthest
FROM flights JOIN airports AS leaves ON origin = leaves.faa JOIN airports AS goes ON dest = goes.faa
WHERE (leaves.name LIKE 'La Guardia%' OR leaves.name = 'Newark Liberty Intl')
  AND goes.tzone IS NOT NULL
GROUP BY goes.tzone
HAVING count(*) > 500
ORDER BY flights DESC;
