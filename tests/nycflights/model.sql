CREATE SOURCE files (TYPE parquet, PATH '__DIR__');

CREATE DIMENSION TABLE airlines (
    carrier VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL
) FROM SOURCE files AS 'airlines.parquet';

CREATE DIMENSION TABLE airports (
    faa VARCHAR PRIMARY KEY,
    name VARCHAR,
    lat DOUBLE PRECISION,
    lon DOUBLE PRECISION,
    alt INTEGER,
    tz INTEGER,
    dst VARCHAR,
    tzone VARCHAR,
    HIERARCHY place (tzone, faa)
) FROM SOURCE files AS 'airports.parquet';

CREATE DIMENSION TABLE planes (
    tailnum VARCHAR PRIMARY KEY,
    year INTEGER,
    type VARCHAR,
    manufacturer VARCHAR,
    model VARCHAR,
    engines INTEGER,
    seats INTEGER,
    speed INTEGER,
    engine VARCHAR,
    HIERARCHY make (manufacturer, model)
) FROM SOURCE files AS 'planes.parquet';

CREATE DIMENSION TABLE weather (
    origin VARCHAR,
    year INTEGER,
    month INTEGER,
    day INTEGER,
    hour INTEGER,
    temp DOUBLE PRECISION,
    dewp DOUBLE PRECISION,
    humid DOUBLE PRECISION,
    wind_dir INTEGER,
    wind_speed DOUBLE PRECISION,
    wind_gust DOUBLE PRECISION,
    precip DOUBLE PRECISION,
    pressure DOUBLE PRECISION,
    visib DOUBLE PRECISION,
    time_hour TIMESTAMP,
    PRIMARY KEY (origin, time_hour)
) FROM SOURCE files AS 'weather.parquet';

CREATE DIMENSION TABLE calendar (
    date DATE PRIMARY KEY,
    year INTEGER NOT NULL,
    quarter INTEGER NOT NULL,
    month INTEGER NOT NULL,
    weekday VARCHAR NOT NULL,
    HIERARCHY months (year, quarter, month, date)
) FROM SOURCE files AS 'calendar.parquet';

CREATE FACT TABLE flights (
    day_date DATE NOT NULL REFERENCES calendar,
    year INTEGER NOT NULL,
    month INTEGER NOT NULL,
    day INTEGER NOT NULL,
    dep_time INTEGER,
    sched_dep_time INTEGER NOT NULL,
    dep_delay INTEGER,
    arr_time INTEGER,
    sched_arr_time INTEGER NOT NULL,
    arr_delay INTEGER,
    carrier VARCHAR NOT NULL REFERENCES airlines,
    flight INTEGER NOT NULL,
    tailnum VARCHAR REFERENCES planes ON MISSING UNKNOWN,
    origin VARCHAR NOT NULL REFERENCES airports,
    dest VARCHAR NOT NULL REFERENCES airports ON MISSING INFER,
    air_time INTEGER,
    distance INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    minute INTEGER NOT NULL,
    time_hour TIMESTAMP NOT NULL,
    FOREIGN KEY (origin, time_hour) REFERENCES weather (origin, time_hour) ON MISSING INFER
) ORDER BY (day_date, carrier) FROM SOURCE files AS 'flights.parquet';
