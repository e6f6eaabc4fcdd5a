SELECT airlines.name, count(*) AS flights, avg(dep_delay) AS delay
FROM flights JOIN airlines ON flights.carrier = airlines.carrier
GROUP BY airlines.name
ORDER BY flights DESC;
