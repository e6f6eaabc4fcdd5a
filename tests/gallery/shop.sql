CREATE DIMENSION TABLE customer (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, city VARCHAR, since DATE);
CREATE DIMENSION TABLE product (id INTEGER PRIMARY KEY, name VARCHAR, price DECIMAL(8, 2));
CREATE FACT TABLE orders (
    id INTEGER,
    customer_id INTEGER REFERENCES customer (id),
    product_id INTEGER REFERENCES product (id),
    ordered TIMESTAMP,
    quantity INTEGER,
    discount DOUBLE,
    note VARCHAR
);
INSERT INTO customer VALUES (1, 'Ann', 'Oslo', '2020-05-01'), (2, 'Bob', 'Bergen', '2021-06-02'), (3, 'Cid', NULL, NULL);
INSERT INTO product VALUES (1, 'pen', 1.50), (2, 'ink', 12.00);
INSERT INTO orders VALUES
    (1, 1, 1, '2024-01-31 10:00:00', 3, 0.1, '12'),
    (2, 2, 1, '2024-02-29 11:30:00', 0, 0, 'x7'),
    (3, 1, 2, '2024-03-01 00:00:00', 2147483647, NULL, NULL);
