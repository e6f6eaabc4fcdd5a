SELECT day_date, airlines.name, count(*) AS flights
FROM flights JOIN airlines ON flights.carrier = airlines.carrier
WHERE day_date BETWEEN DATE '2013-12-24' AND DATE '2013-12-26'
GROUP BY day_date, airlines.name
ORDER BY day_date, flights DESC, airlines.name;
