SELECT count(*) AS airports
FROM airports
WHERE NOT EXISTS (SELECT 1 FROM flights WHERE dest = faa) AND faa < 'B' AND name IS NOT NULL;
