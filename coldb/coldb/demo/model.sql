-- The star of the demo's shop: what coldb keeps of shop.sqlite, and how it is filled.
--
-- The source is read as it is: nothing is cleaned on the way that the model does not name. What
-- becomes of its dirt:
--
--   a product or store that does not exist   ON MISSING UNKNOWN: the row is kept, its key is NULL
--   text in a number, a day that never was   the row is refused, and kept in etl_rejects
--   no price, no city                        NULL, as in the source
--   negative quantities                      goods that came back: data like any other
--
-- So sums over sales miss exactly the refused rows, and `coldb etl rejects` shows each of them with
-- its reason. `coldb compare` times the plain queries below on the source, and checks the answers on
-- the rows and keys that were accepted, so that dirt is no difference.

CREATE SOURCE shop (TYPE sqlite, PATH 'shop.sqlite');

CREATE DIMENSION TABLE calendar (
    day DATE PRIMARY KEY,
    year INTEGER NOT NULL,
    quarter INTEGER NOT NULL,
    month INTEGER NOT NULL,
    weekday INTEGER NOT NULL, -- Monday is 1
    weekday_name VARCHAR NOT NULL,
    HIERARCHY date (year, quarter, month, day)
) FROM SOURCE shop AS '
    WITH RECURSIVE days (day) AS (
        SELECT ''2021-01-01''
        UNION ALL
        SELECT date(day, ''+1 day'') FROM days WHERE day < ''2024-12-31''
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

-- Regions, nations and cities are part of whoever lives there: three joins less in every query.
CREATE DIMENSION TABLE customer (
    customer_id INTEGER PRIMARY KEY,
    name VARCHAR NOT NULL,
    segment VARCHAR NOT NULL,
    city VARCHAR,
    nation VARCHAR,
    region VARCHAR,
    since DATE,
    HIERARCHY geography (region, nation, city)
) FROM SOURCE shop AS '
    SELECT c.customer_id, c.name, c.segment, t.name AS city, n.name AS nation, r.name AS region, c.since
    FROM customers AS c
    LEFT JOIN cities AS t ON t.city_id = c.city_id
    LEFT JOIN nations AS n ON n.nation_id = t.nation_id
    LEFT JOIN regions AS r ON r.region_id = n.region_id';

CREATE DIMENSION TABLE product (
    product_id INTEGER PRIMARY KEY,
    name VARCHAR NOT NULL,
    brand VARCHAR NOT NULL,
    category VARCHAR NOT NULL,
    department VARCHAR NOT NULL,
    list_price_cents INTEGER NOT NULL,
    HIERARCHY assortment (department, category, brand)
) FROM SOURCE shop AS '
    SELECT p.product_id, p.name, p.brand, c.name AS category, c.department,
           p.price_cents AS list_price_cents
    FROM products AS p JOIN categories AS c ON c.category_id = p.category_id';

CREATE DIMENSION TABLE store (
    store_id INTEGER PRIMARY KEY,
    name VARCHAR NOT NULL,
    city VARCHAR NOT NULL,
    nation VARCHAR NOT NULL,
    region VARCHAR NOT NULL,
    opened DATE,
    HIERARCHY geography (region, nation, city)
) FROM SOURCE shop AS '
    SELECT s.store_id, s.name, t.name AS city, n.name AS nation, r.name AS region, s.opened
    FROM stores AS s
    JOIN cities AS t ON t.city_id = s.city_id
    JOIN nations AS n ON n.nation_id = t.nation_id
    JOIN regions AS r ON r.region_id = n.region_id';

-- One row for each line of an order. Money is whole cents, so that sums are exact on both sides.
CREATE FACT TABLE sales (
    order_id INTEGER,
    line_number INTEGER,
    day DATE NOT NULL REFERENCES calendar ON MISSING REJECT,
    customer_id INTEGER NOT NULL REFERENCES customer ON MISSING REJECT,
    product_id INTEGER REFERENCES product ON MISSING UNKNOWN,
    store_id INTEGER REFERENCES store ON MISSING UNKNOWN,
    channel VARCHAR NOT NULL,
    quantity INTEGER NOT NULL,
    discount_percent INTEGER NOT NULL,
    revenue_cents BIGINT, -- NULL where the price is
    PRIMARY KEY (order_id, line_number)
) ORDER BY (day, store_id, product_id)
FROM SOURCE shop AS '
    SELECT l.order_id, l.line_number, substr(o.ordered_at, 1, 10) AS day, o.customer_id,
           l.product_id, o.store_id, o.channel, l.quantity, l.discount_percent,
           l.quantity * l.unit_price_cents * (100 - l.discount_percent) / 100 AS revenue_cents
    FROM order_lines AS l JOIN orders AS o ON o.order_id = l.order_id';

CREATE FACT TABLE payments (
    payment_id INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL,
    day DATE NOT NULL REFERENCES calendar ON MISSING REJECT,
    customer_id INTEGER REFERENCES customer ON MISSING UNKNOWN,
    method VARCHAR NOT NULL,
    amount_cents BIGINT NOT NULL
) ORDER BY (day, method)
FROM SOURCE shop AS '
    SELECT p.payment_id, p.order_id, p.paid_on AS day, o.customer_id, p.method, p.amount_cents
    FROM payments AS p LEFT JOIN orders AS o ON o.order_id = p.order_id';
