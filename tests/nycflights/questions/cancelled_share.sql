SELECT quarter, count(*) AS flights, sum(CASE WHEN dep_time IS NULL THEN 1 ELSE 0 END) AS cancelled
FROM flights, calendar
WHERE day_date = date
GROUP BY quarter
ORDER BY quarter;
