CREATE DIMENSION TABLE dates (
    d_datekey INTEGER PRIMARY KEY,
    d_date VARCHAR NOT NULL,
    d_dayofweek VARCHAR NOT NULL,
    d_month VARCHAR NOT NULL,
    d_year INTEGER NOT NULL,
    d_yearmonthnum INTEGER NOT NULL,
    d_yearmonth VARCHAR NOT NULL,
    d_daynuminweek INTEGER NOT NULL,
    d_daynuminmonth INTEGER NOT NULL,
    d_daynuminyear INTEGER NOT NULL,
    d_monthnuminyear INTEGER NOT NULL,
    d_weeknuminyear INTEGER NOT NULL,
    d_sellingseason VARCHAR NOT NULL,
    d_lastdayinweekfl INTEGER NOT NULL,
    d_lastdayinmonthfl INTEGER NOT NULL,
    d_holidayfl INTEGER NOT NULL,
    d_weekdayfl INTEGER NOT NULL,
    HIERARCHY calendar (d_year, d_yearmonthnum, d_datekey)
);

CREATE DIMENSION TABLE customer (
    c_custkey INTEGER PRIMARY KEY,
    c_name VARCHAR NOT NULL,
    c_address VARCHAR NOT NULL,
    c_city VARCHAR NOT NULL,
    c_nation VARCHAR NOT NULL,
    c_region VARCHAR NOT NULL,
    c_phone VARCHAR NOT NULL,
    c_mktsegment VARCHAR NOT NULL,
    HIERARCHY geography (c_region, c_nation, c_city)
);

CREATE DIMENSION TABLE supplier (
    s_suppkey INTEGER PRIMARY KEY,
    s_name VARCHAR NOT NULL,
    s_address VARCHAR NOT NULL,
    s_city VARCHAR NOT NULL,
    s_nation VARCHAR NOT NULL,
    s_region VARCHAR NOT NULL,
    s_phone VARCHAR NOT NULL,
    HIERARCHY geography (s_region, s_nation, s_city)
);

CREATE DIMENSION TABLE part (
    p_partkey INTEGER PRIMARY KEY,
    p_name VARCHAR NOT NULL,
    p_mfgr VARCHAR NOT NULL,
    p_category VARCHAR NOT NULL,
    p_brand1 VARCHAR NOT NULL,
    p_color VARCHAR NOT NULL,
    p_type VARCHAR NOT NULL,
    p_size INTEGER NOT NULL,
    p_container VARCHAR NOT NULL,
    HIERARCHY brands (p_mfgr, p_category, p_brand1)
);

CREATE FACT TABLE lineorder (
    lo_orderkey BIGINT NOT NULL,
    lo_linenumber INTEGER NOT NULL,
    lo_custkey INTEGER NOT NULL REFERENCES customer,
    lo_partkey INTEGER NOT NULL REFERENCES part,
    lo_suppkey INTEGER NOT NULL REFERENCES supplier,
    lo_orderdate INTEGER NOT NULL REFERENCES dates,
    lo_orderpriority VARCHAR NOT NULL,
    lo_shippriority VARCHAR NOT NULL,
    lo_quantity INTEGER NOT NULL,
    lo_extendedprice INTEGER NOT NULL,
    lo_ordtotalprice INTEGER NOT NULL,
    lo_discount INTEGER NOT NULL,
    lo_revenue INTEGER NOT NULL,
    lo_supplycost INTEGER NOT NULL,
    lo_tax INTEGER NOT NULL,
    lo_commitdate INTEGER NOT NULL REFERENCES dates,
    lo_shipmode VARCHAR NOT NULL
) ORDER BY (lo_orderdate, lo_custkey);
