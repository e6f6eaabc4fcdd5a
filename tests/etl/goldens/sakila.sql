-- A star for sakila.sqlite, proposed from its tables, keys and values.
-- Read it, change what you know better, and run it: coldb shell STAR.coldb -f THIS.sql
-- Then load it: coldb etl run STAR.coldb

CREATE SOURCE sakila (TYPE sqlite, PATH 'PATH');

-- The days of all facts, in whole years.
CREATE DIMENSION TABLE calendar (
    day DATE PRIMARY KEY,
    year INTEGER NOT NULL,
    quarter INTEGER NOT NULL,
    month INTEGER NOT NULL,
    weekday INTEGER NOT NULL,
    weekday_name VARCHAR NOT NULL,
    HIERARCHY date (year, quarter, month, day)
)
FROM SOURCE sakila AS '
    WITH RECURSIVE days_of_facts (day) AS (
        SELECT substr("rental_date", 1, 10) FROM "rental"
        UNION ALL SELECT substr("payment_date", 1, 10) FROM "payment"
    ), bounds (first_day, last_day) AS (
        SELECT strftime(''%Y-01-01'', min(day)), strftime(''%Y-12-31'', max(day))
        FROM days_of_facts WHERE date(day) = day
    ), days (day) AS (
        SELECT first_day FROM bounds WHERE first_day IS NOT NULL
        UNION ALL
        SELECT date(day, ''+1 day'') FROM days, bounds WHERE day < last_day LIMIT 73049
    )
    SELECT day,
           CAST(strftime(''%Y'', day) AS INTEGER) AS year,
           (CAST(strftime(''%m'', day) AS INTEGER) + 2) / 3 AS quarter,
           CAST(strftime(''%m'', day) AS INTEGER) AS month,
           (CAST(strftime(''%w'', day) AS INTEGER) + 6) % 7 + 1 AS weekday,
           CASE strftime(''%w'', day)
               WHEN ''0'' THEN ''Sunday'' WHEN ''1'' THEN ''Monday'' WHEN ''2'' THEN ''Tuesday''
               WHEN ''3'' THEN ''Wednesday'' WHEN ''4'' THEN ''Thursday'' WHEN ''5'' THEN ''Friday''
               ELSE ''Saturday'' END AS weekday_name
    FROM days';

-- Left out: last_update.
CREATE DIMENSION TABLE actor (
    actor_id INTEGER PRIMARY KEY,
    first_name VARCHAR,
    last_name VARCHAR
)
FROM SOURCE sakila AS '
    SELECT "t"."actor_id",
           "t"."first_name",
           "t"."last_name"
    FROM "actor" AS "t"';

-- Left out: last_update.
CREATE DIMENSION TABLE film (
    film_id INTEGER PRIMARY KEY,
    title VARCHAR,
    description VARCHAR,
    release_year INTEGER,
    language_id INTEGER,
    original_language_id BIGINT,
    rental_duration INTEGER,
    rental_rate DECIMAL(10,2),
    length INTEGER,
    replacement_cost DECIMAL(10,2),
    rating VARCHAR,
    special_features VARCHAR,
    language_name VARCHAR,
    original_language_name VARCHAR,
    HIERARCHY language_name (language_name),
    HIERARCHY original_language_name (original_language_name)
)
FROM SOURCE sakila AS '
    SELECT "t"."film_id",
           "t"."title",
           "t"."description",
           "t"."release_year",
           "t"."language_id",
           "t"."original_language_id",
           "t"."rental_duration",
           "t"."rental_rate",
           "t"."length",
           "t"."replacement_cost",
           "t"."rating",
           "t"."special_features",
           "language"."name" AS "language_name",
           "original_language"."name" AS "original_language_name"
    FROM "film" AS "t"
    LEFT JOIN "language" AS "language" ON "language"."language_id" = "t"."language_id"
    LEFT JOIN "language" AS "original_language" ON "original_language"."language_id" = "t"."original_language_id"';

-- Left out: last_update.
CREATE DIMENSION TABLE category (
    category_id INTEGER PRIMARY KEY,
    name VARCHAR
)
FROM SOURCE sakila AS '
    SELECT "t"."category_id",
           "t"."name"
    FROM "category" AS "t"';

-- Left out: last_update.
CREATE DIMENSION TABLE inventory (
    inventory_id INTEGER PRIMARY KEY,
    film_id INTEGER,
    store_id INTEGER,
    film_title VARCHAR,
    film_release_year INTEGER,
    film_rental_duration INTEGER,
    film_rental_rate DECIMAL(10,2),
    film_length INTEGER,
    film_replacement_cost DECIMAL(10,2),
    film_rating VARCHAR,
    film_special_features VARCHAR,
    film_language_name VARCHAR,
    store_manager_staff_last_name VARCHAR,
    store_address VARCHAR,
    store_city VARCHAR,
    store_country VARCHAR,
    HIERARCHY film_title (film_language_name, film_rating, film_title),
    HIERARCHY store_address (store_country, store_city, store_address)
)
FROM SOURCE sakila AS '
    SELECT "t"."inventory_id",
           "t"."film_id",
           "t"."store_id",
           "film"."title" AS "film_title",
           "film"."release_year" AS "film_release_year",
           "film"."rental_duration" AS "film_rental_duration",
           "film"."rental_rate" AS "film_rental_rate",
           "film"."length" AS "film_length",
           "film"."replacement_cost" AS "film_replacement_cost",
           "film"."rating" AS "film_rating",
           "film"."special_features" AS "film_special_features",
           "language"."name" AS "film_language_name",
           "manager_staff"."last_name" AS "store_manager_staff_last_name",
           "address"."address" AS "store_address",
           "city"."city" AS "store_city",
           "country"."country" AS "store_country"
    FROM "inventory" AS "t"
    LEFT JOIN "film" AS "film" ON "film"."film_id" = "t"."film_id"
    LEFT JOIN "language" AS "language" ON "language"."language_id" = "film"."language_id"
    LEFT JOIN "store" AS "store" ON "store"."store_id" = "t"."store_id"
    LEFT JOIN "staff" AS "manager_staff" ON "manager_staff"."staff_id" = "store"."manager_staff_id"
    LEFT JOIN "address" AS "address" ON "address"."address_id" = "store"."address_id"
    LEFT JOIN "city" AS "city" ON "city"."city_id" = "address"."city_id"
    LEFT JOIN "country" AS "country" ON "country"."country_id" = "city"."country_id"';

-- Left out: last_update.
CREATE DIMENSION TABLE customer (
    customer_id INTEGER PRIMARY KEY,
    store_id INTEGER,
    first_name VARCHAR,
    last_name VARCHAR,
    email VARCHAR,
    address_id INTEGER,
    active INTEGER,
    create_date TIMESTAMP,
    store_manager_staff_last_name VARCHAR,
    store_address VARCHAR,
    store_city VARCHAR,
    store_country VARCHAR,
    address VARCHAR,
    address_district VARCHAR,
    address_phone VARCHAR,
    address_city VARCHAR,
    address_country VARCHAR,
    HIERARCHY store_address (store_country, store_city, store_address),
    HIERARCHY address (address_country, address_city, address)
)
FROM SOURCE sakila AS '
    SELECT "t"."customer_id",
           "t"."store_id",
           "t"."first_name",
           "t"."last_name",
           "t"."email",
           "t"."address_id",
           "t"."active",
           "t"."create_date",
           "manager_staff"."last_name" AS "store_manager_staff_last_name",
           "address"."address" AS "store_address",
           "city"."city" AS "store_city",
           "country"."country" AS "store_country",
           "address_2"."address",
           "address_2"."district" AS "address_district",
           "address_2"."phone" AS "address_phone",
           "city_2"."city" AS "address_city",
           "country_2"."country" AS "address_country"
    FROM "customer" AS "t"
    LEFT JOIN "store" AS "store" ON "store"."store_id" = "t"."store_id"
    LEFT JOIN "staff" AS "manager_staff" ON "manager_staff"."staff_id" = "store"."manager_staff_id"
    LEFT JOIN "address" AS "address" ON "address"."address_id" = "store"."address_id"
    LEFT JOIN "city" AS "city" ON "city"."city_id" = "address"."city_id"
    LEFT JOIN "country" AS "country" ON "country"."country_id" = "city"."country_id"
    LEFT JOIN "address" AS "address_2" ON "address_2"."address_id" = "t"."address_id"
    LEFT JOIN "city" AS "city_2" ON "city_2"."city_id" = "address_2"."city_id"
    LEFT JOIN "country" AS "country_2" ON "country_2"."country_id" = "city_2"."country_id"';

-- Left out: last_update.
CREATE DIMENSION TABLE staff (
    staff_id INTEGER PRIMARY KEY,
    first_name VARCHAR,
    last_name VARCHAR,
    address_id INTEGER,
    picture VARCHAR,
    email VARCHAR,
    store_id INTEGER,
    active INTEGER,
    username VARCHAR,
    password VARCHAR,
    address VARCHAR,
    address_district VARCHAR,
    address_phone VARCHAR,
    address_city VARCHAR,
    address_country VARCHAR,
    store_address VARCHAR,
    store_city VARCHAR,
    store_country VARCHAR,
    HIERARCHY address (address_country, address_city, address),
    HIERARCHY store_address (store_country, store_city, store_address)
)
FROM SOURCE sakila AS '
    SELECT "t"."staff_id",
           "t"."first_name",
           "t"."last_name",
           "t"."address_id",
           "t"."picture",
           "t"."email",
           "t"."store_id",
           "t"."active",
           "t"."username",
           "t"."password",
           "address"."address",
           "address"."district" AS "address_district",
           "address"."phone" AS "address_phone",
           "city"."city" AS "address_city",
           "country"."country" AS "address_country",
           "address_2"."address" AS "store_address",
           "city_2"."city" AS "store_city",
           "country_2"."country" AS "store_country"
    FROM "staff" AS "t"
    LEFT JOIN "address" AS "address" ON "address"."address_id" = "t"."address_id"
    LEFT JOIN "city" AS "city" ON "city"."city_id" = "address"."city_id"
    LEFT JOIN "country" AS "country" ON "country"."country_id" = "city"."country_id"
    LEFT JOIN "store" AS "store" ON "store"."store_id" = "t"."store_id"
    LEFT JOIN "address" AS "address_2" ON "address_2"."address_id" = "store"."address_id"
    LEFT JOIN "city" AS "city_2" ON "city_2"."city_id" = "address_2"."city_id"
    LEFT JOIN "country" AS "country_2" ON "country_2"."country_id" = "city_2"."country_id"';

-- Left out: last_update.
CREATE FACT TABLE film_actor (
    actor_id INTEGER REFERENCES actor,
    film_id INTEGER REFERENCES film,
    PRIMARY KEY (actor_id, film_id)
) ORDER BY (actor_id, film_id)
FROM SOURCE sakila AS '
    SELECT "t"."actor_id",
           "t"."film_id"
    FROM "film_actor" AS "t"';

-- Left out: last_update.
CREATE FACT TABLE film_category (
    film_id INTEGER REFERENCES film,
    category_id INTEGER REFERENCES category,
    PRIMARY KEY (film_id, category_id)
) ORDER BY (category_id, film_id)
FROM SOURCE sakila AS '
    SELECT "t"."film_id",
           "t"."category_id"
    FROM "film_category" AS "t"';

-- Left out: last_update.
CREATE FACT TABLE rental (
    rental_id INTEGER PRIMARY KEY,
    rental_date TIMESTAMP,
    inventory_id INTEGER REFERENCES inventory ON MISSING UNKNOWN,
    customer_id INTEGER REFERENCES customer ON MISSING UNKNOWN,
    return_date TIMESTAMP,
    staff_id INTEGER REFERENCES staff ON MISSING UNKNOWN,
    rental_day DATE REFERENCES calendar ON MISSING UNKNOWN
) ORDER BY (rental_day, staff_id, customer_id)
FROM SOURCE sakila AS '
    SELECT "t"."rental_id",
           "t"."rental_date",
           "t"."inventory_id",
           "t"."customer_id",
           "t"."return_date",
           "t"."staff_id",
           substr("t"."rental_date", 1, 10) AS "rental_day"
    FROM "rental" AS "t"';

-- Left out: last_update.
CREATE FACT TABLE payment (
    payment_id INTEGER PRIMARY KEY,
    customer_id INTEGER REFERENCES customer ON MISSING UNKNOWN,
    staff_id INTEGER REFERENCES staff ON MISSING UNKNOWN,
    rental_id INTEGER,
    amount DECIMAL(10,2),
    payment_date TIMESTAMP,
    rental_date TIMESTAMP,
    inventory_id INTEGER REFERENCES inventory ON MISSING UNKNOWN,
    return_date TIMESTAMP,
    payment_day DATE REFERENCES calendar ON MISSING UNKNOWN
) ORDER BY (payment_day, staff_id, customer_id)
FROM SOURCE sakila AS '
    SELECT "t"."payment_id",
           "t"."customer_id",
           "t"."staff_id",
           "t"."rental_id",
           "t"."amount",
           "t"."payment_date",
           "rental"."rental_date",
           "rental"."inventory_id",
           "rental"."return_date",
           substr("t"."payment_date", 1, 10) AS "payment_day"
    FROM "payment" AS "t"
    LEFT JOIN "rental" AS "rental" ON "rental"."rental_id" = "t"."rental_id"';

-- Only as parts of the above: country, city, address, language, store.
