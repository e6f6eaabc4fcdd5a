-- A star for northwind.sqlite, proposed from its tables, keys and values.
-- Read it, change what you know better, and run it: coldb shell STAR.coldb -f THIS.sql
-- Then load it: coldb etl run STAR.coldb

CREATE SOURCE northwind (TYPE sqlite, PATH 'PATH');

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
FROM SOURCE northwind AS '
    WITH RECURSIVE days_of_facts (day) AS (
        SELECT substr("OrderDate", 1, 10) FROM "Orders"
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

CREATE DIMENSION TABLE customers (
    customer_id VARCHAR PRIMARY KEY,
    company_name VARCHAR,
    contact_name VARCHAR,
    contact_title VARCHAR,
    address VARCHAR,
    city VARCHAR,
    region VARCHAR,
    postal_code VARCHAR,
    country VARCHAR,
    phone VARCHAR,
    fax VARCHAR,
    HIERARCHY city (region, country, city)
)
FROM SOURCE northwind AS '
    SELECT "t"."CustomerID" AS "customer_id",
           "t"."CompanyName" AS "company_name",
           "t"."ContactName" AS "contact_name",
           "t"."ContactTitle" AS "contact_title",
           "t"."Address",
           "t"."City",
           "t"."Region",
           "t"."PostalCode" AS "postal_code",
           "t"."Country",
           "t"."Phone",
           "t"."Fax"
    FROM "Customers" AS "t"';

CREATE DIMENSION TABLE customer_demographics (
    customer_type_id VARCHAR PRIMARY KEY,
    customer_desc VARCHAR
)
FROM SOURCE northwind AS '
    SELECT "t"."CustomerTypeID" AS "customer_type_id",
           "t"."CustomerDesc" AS "customer_desc"
    FROM "CustomerDemographics" AS "t"';

CREATE DIMENSION TABLE employees (
    employee_id INTEGER PRIMARY KEY,
    last_name VARCHAR,
    first_name VARCHAR,
    title VARCHAR,
    title_of_courtesy VARCHAR,
    birth_date DATE,
    hire_date DATE,
    address VARCHAR,
    city VARCHAR,
    region VARCHAR,
    postal_code VARCHAR,
    country VARCHAR,
    home_phone VARCHAR,
    extension VARCHAR,
    photo BLOB,
    notes VARCHAR,
    reports_to INTEGER REFERENCES employees ON MISSING UNKNOWN,
    photo_path VARCHAR
)
FROM SOURCE northwind AS '
    SELECT "t"."EmployeeID" AS "employee_id",
           "t"."LastName" AS "last_name",
           "t"."FirstName" AS "first_name",
           "t"."Title",
           "t"."TitleOfCourtesy" AS "title_of_courtesy",
           substr("t"."BirthDate", 1, 10) AS "birth_date",
           substr("t"."HireDate", 1, 10) AS "hire_date",
           "t"."Address",
           "t"."City",
           "t"."Region",
           "t"."PostalCode" AS "postal_code",
           "t"."Country",
           "t"."HomePhone" AS "home_phone",
           "t"."Extension",
           "t"."Photo",
           "t"."Notes",
           "t"."ReportsTo" AS "reports_to",
           "t"."PhotoPath" AS "photo_path"
    FROM "Employees" AS "t"';

CREATE DIMENSION TABLE territories (
    territory_id VARCHAR PRIMARY KEY,
    territory_description VARCHAR NOT NULL,
    region_id INTEGER NOT NULL,
    region_description VARCHAR NOT NULL,
    HIERARCHY region_description (region_description)
)
FROM SOURCE northwind AS '
    SELECT "t"."TerritoryID" AS "territory_id",
           "t"."TerritoryDescription" AS "territory_description",
           "t"."RegionID" AS "region_id",
           "region"."RegionDescription" AS "region_description"
    FROM "Territories" AS "t"
    LEFT JOIN "Regions" AS "region" ON "region"."RegionID" = "t"."RegionID"';

CREATE DIMENSION TABLE shippers (
    shipper_id INTEGER PRIMARY KEY,
    company_name VARCHAR NOT NULL,
    phone VARCHAR
)
FROM SOURCE northwind AS '
    SELECT "t"."ShipperID" AS "shipper_id",
           "t"."CompanyName" AS "company_name",
           "t"."Phone"
    FROM "Shippers" AS "t"';

CREATE DIMENSION TABLE products (
    product_id INTEGER PRIMARY KEY,
    product_name VARCHAR NOT NULL,
    supplier_id INTEGER,
    category_id INTEGER,
    quantity_per_unit VARCHAR,
    unit_price DECIMAL(10,2),
    units_in_stock INTEGER,
    units_on_order INTEGER,
    reorder_level INTEGER,
    discontinued VARCHAR NOT NULL,
    category_name VARCHAR,
    supplier_company_name VARCHAR,
    supplier_contact_title VARCHAR,
    supplier_region VARCHAR,
    supplier_country VARCHAR,
    HIERARCHY supplier_company_name (supplier_region, supplier_company_name),
    HIERARCHY category_name (category_name)
)
FROM SOURCE northwind AS '
    SELECT "t"."ProductID" AS "product_id",
           "t"."ProductName" AS "product_name",
           "t"."SupplierID" AS "supplier_id",
           "t"."CategoryID" AS "category_id",
           "t"."QuantityPerUnit" AS "quantity_per_unit",
           "t"."UnitPrice" AS "unit_price",
           "t"."UnitsInStock" AS "units_in_stock",
           "t"."UnitsOnOrder" AS "units_on_order",
           "t"."ReorderLevel" AS "reorder_level",
           "t"."Discontinued",
           "category"."CategoryName" AS "category_name",
           "supplier"."CompanyName" AS "supplier_company_name",
           "supplier"."ContactTitle" AS "supplier_contact_title",
           "supplier"."Region" AS "supplier_region",
           "supplier"."Country" AS "supplier_country"
    FROM "Products" AS "t"
    LEFT JOIN "Categories" AS "category" ON "category"."CategoryID" = "t"."CategoryID"
    LEFT JOIN "Suppliers" AS "supplier" ON "supplier"."SupplierID" = "t"."SupplierID"';

CREATE FACT TABLE customer_customer_demo (
    customer_id VARCHAR REFERENCES customers,
    customer_type_id VARCHAR REFERENCES customer_demographics,
    PRIMARY KEY (customer_id, customer_type_id)
) ORDER BY (customer_type_id, customer_id)
FROM SOURCE northwind AS '
    SELECT "t"."CustomerID" AS "customer_id",
           "t"."CustomerTypeID" AS "customer_type_id"
    FROM "CustomerCustomerDemo" AS "t"';

CREATE FACT TABLE employee_territories (
    employee_id INTEGER REFERENCES employees,
    territory_id VARCHAR REFERENCES territories,
    PRIMARY KEY (employee_id, territory_id)
) ORDER BY (employee_id, territory_id)
FROM SOURCE northwind AS '
    SELECT "t"."EmployeeID" AS "employee_id",
           "t"."TerritoryID" AS "territory_id"
    FROM "EmployeeTerritories" AS "t"';

CREATE FACT TABLE order_details (
    order_id INTEGER,
    product_id INTEGER REFERENCES products,
    unit_price DECIMAL(10,2) NOT NULL,
    quantity INTEGER NOT NULL,
    discount DOUBLE NOT NULL,
    customer_id VARCHAR REFERENCES customers ON MISSING UNKNOWN,
    employee_id INTEGER REFERENCES employees ON MISSING UNKNOWN,
    order_date DATE REFERENCES calendar ON MISSING UNKNOWN,
    required_date DATE,
    shipped_date DATE,
    ship_via INTEGER REFERENCES shippers ON MISSING UNKNOWN,
    ship_region VARCHAR,
    ship_country VARCHAR,
    PRIMARY KEY (order_id, product_id)
) ORDER BY (order_date, ship_via, employee_id)
FROM SOURCE northwind AS '
    SELECT "t"."OrderID" AS "order_id",
           "t"."ProductID" AS "product_id",
           "t"."UnitPrice" AS "unit_price",
           "t"."Quantity",
           "t"."Discount",
           "order"."CustomerID" AS "customer_id",
           "order"."EmployeeID" AS "employee_id",
           substr("order"."OrderDate", 1, 10) AS "order_date",
           substr("order"."RequiredDate", 1, 10) AS "required_date",
           substr("order"."ShippedDate", 1, 10) AS "shipped_date",
           "order"."ShipVia" AS "ship_via",
           "order"."ShipRegion" AS "ship_region",
           "order"."ShipCountry" AS "ship_country"
    FROM "Order Details" AS "t"
    LEFT JOIN "Orders" AS "order" ON "order"."OrderID" = "t"."OrderID"';

CREATE FACT TABLE orders (
    order_id INTEGER PRIMARY KEY,
    customer_id VARCHAR REFERENCES customers ON MISSING UNKNOWN,
    employee_id INTEGER REFERENCES employees ON MISSING UNKNOWN,
    order_date DATE REFERENCES calendar ON MISSING UNKNOWN,
    required_date DATE,
    shipped_date DATE,
    ship_via INTEGER REFERENCES shippers ON MISSING UNKNOWN,
    freight DECIMAL(10,2),
    ship_name VARCHAR,
    ship_address VARCHAR,
    ship_city VARCHAR,
    ship_region VARCHAR,
    ship_postal_code VARCHAR,
    ship_country VARCHAR
) ORDER BY (order_date, ship_via, employee_id)
FROM SOURCE northwind AS '
    SELECT "t"."OrderID" AS "order_id",
           "t"."CustomerID" AS "customer_id",
           "t"."EmployeeID" AS "employee_id",
           substr("t"."OrderDate", 1, 10) AS "order_date",
           substr("t"."RequiredDate", 1, 10) AS "required_date",
           substr("t"."ShippedDate", 1, 10) AS "shipped_date",
           "t"."ShipVia" AS "ship_via",
           "t"."Freight",
           "t"."ShipName" AS "ship_name",
           "t"."ShipAddress" AS "ship_address",
           "t"."ShipCity" AS "ship_city",
           "t"."ShipRegion" AS "ship_region",
           "t"."ShipPostalCode" AS "ship_postal_code",
           "t"."ShipCountry" AS "ship_country"
    FROM "Orders" AS "t"';

-- Only as parts of the above: Categories, Regions, Suppliers.
