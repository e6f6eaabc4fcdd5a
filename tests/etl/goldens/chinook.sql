-- A star for chinook.sqlite, proposed from its tables, keys and values.
-- Read it, change what you know better, and run it: coldb shell STAR.coldb -f THIS.sql
-- Then load it: coldb etl run STAR.coldb

CREATE SOURCE chinook (TYPE sqlite, PATH 'PATH');

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
FROM SOURCE chinook AS '
    WITH RECURSIVE days_of_facts (day) AS (
        SELECT substr("InvoiceDate", 1, 10) FROM "Invoice"
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

CREATE DIMENSION TABLE customer (
    customer_id INTEGER PRIMARY KEY,
    first_name VARCHAR NOT NULL,
    last_name VARCHAR NOT NULL,
    company VARCHAR,
    address VARCHAR,
    city VARCHAR,
    state VARCHAR,
    country VARCHAR,
    postal_code VARCHAR,
    phone VARCHAR,
    fax VARCHAR,
    email VARCHAR NOT NULL,
    support_rep_id INTEGER,
    support_rep_last_name VARCHAR,
    support_rep_title VARCHAR,
    support_rep_city VARCHAR,
    support_rep_state VARCHAR,
    support_rep_country VARCHAR,
    HIERARCHY support_rep_last_name (support_rep_last_name)
)
FROM SOURCE chinook AS '
    SELECT "t"."CustomerId" AS "customer_id",
           "t"."FirstName" AS "first_name",
           "t"."LastName" AS "last_name",
           "t"."Company",
           "t"."Address",
           "t"."City",
           "t"."State",
           "t"."Country",
           "t"."PostalCode" AS "postal_code",
           "t"."Phone",
           "t"."Fax",
           "t"."Email",
           "t"."SupportRepId" AS "support_rep_id",
           "support_rep"."LastName" AS "support_rep_last_name",
           "support_rep"."Title" AS "support_rep_title",
           "support_rep"."City" AS "support_rep_city",
           "support_rep"."State" AS "support_rep_state",
           "support_rep"."Country" AS "support_rep_country"
    FROM "Customer" AS "t"
    LEFT JOIN "Employee" AS "support_rep" ON "support_rep"."EmployeeId" = "t"."SupportRepId"';

CREATE DIMENSION TABLE track (
    track_id INTEGER PRIMARY KEY,
    name VARCHAR NOT NULL,
    album_id INTEGER,
    media_type_id INTEGER NOT NULL,
    genre_id INTEGER,
    composer VARCHAR,
    milliseconds INTEGER NOT NULL,
    bytes INTEGER,
    unit_price DECIMAL(10,2) NOT NULL,
    album_title VARCHAR,
    album_artist_name VARCHAR,
    genre_name VARCHAR,
    media_type_name VARCHAR,
    HIERARCHY album_title (album_artist_name, album_title),
    HIERARCHY genre_name (genre_name),
    HIERARCHY media_type_name (media_type_name)
)
FROM SOURCE chinook AS '
    SELECT "t"."TrackId" AS "track_id",
           "t"."Name",
           "t"."AlbumId" AS "album_id",
           "t"."MediaTypeId" AS "media_type_id",
           "t"."GenreId" AS "genre_id",
           "t"."Composer",
           "t"."Milliseconds",
           "t"."Bytes",
           "t"."UnitPrice" AS "unit_price",
           "album"."Title" AS "album_title",
           "artist"."Name" AS "album_artist_name",
           "genre"."Name" AS "genre_name",
           "media_type"."Name" AS "media_type_name"
    FROM "Track" AS "t"
    LEFT JOIN "Album" AS "album" ON "album"."AlbumId" = "t"."AlbumId"
    LEFT JOIN "Artist" AS "artist" ON "artist"."ArtistId" = "album"."ArtistId"
    LEFT JOIN "Genre" AS "genre" ON "genre"."GenreId" = "t"."GenreId"
    LEFT JOIN "MediaType" AS "media_type" ON "media_type"."MediaTypeId" = "t"."MediaTypeId"';

CREATE DIMENSION TABLE playlist (
    playlist_id INTEGER PRIMARY KEY,
    name VARCHAR
)
FROM SOURCE chinook AS '
    SELECT "t"."PlaylistId" AS "playlist_id",
           "t"."Name"
    FROM "Playlist" AS "t"';

CREATE FACT TABLE invoice (
    invoice_id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customer,
    invoice_date DATE NOT NULL REFERENCES calendar,
    billing_address VARCHAR,
    billing_city VARCHAR,
    billing_state VARCHAR,
    billing_country VARCHAR,
    billing_postal_code VARCHAR,
    total DECIMAL(10,2) NOT NULL
) ORDER BY (invoice_date, customer_id)
FROM SOURCE chinook AS '
    SELECT "t"."InvoiceId" AS "invoice_id",
           "t"."CustomerId" AS "customer_id",
           substr("t"."InvoiceDate", 1, 10) AS "invoice_date",
           "t"."BillingAddress" AS "billing_address",
           "t"."BillingCity" AS "billing_city",
           "t"."BillingState" AS "billing_state",
           "t"."BillingCountry" AS "billing_country",
           "t"."BillingPostalCode" AS "billing_postal_code",
           "t"."Total"
    FROM "Invoice" AS "t"';

CREATE FACT TABLE invoice_line (
    invoice_line_id INTEGER PRIMARY KEY,
    invoice_id INTEGER NOT NULL,
    track_id INTEGER NOT NULL REFERENCES track,
    unit_price DECIMAL(10,2) NOT NULL,
    quantity INTEGER NOT NULL,
    customer_id INTEGER NOT NULL REFERENCES customer,
    invoice_date DATE NOT NULL REFERENCES calendar,
    billing_state VARCHAR,
    billing_country VARCHAR
) ORDER BY (invoice_date, customer_id, track_id)
FROM SOURCE chinook AS '
    SELECT "t"."InvoiceLineId" AS "invoice_line_id",
           "t"."InvoiceId" AS "invoice_id",
           "t"."TrackId" AS "track_id",
           "t"."UnitPrice" AS "unit_price",
           "t"."Quantity",
           "invoice"."CustomerId" AS "customer_id",
           substr("invoice"."InvoiceDate", 1, 10) AS "invoice_date",
           "invoice"."BillingState" AS "billing_state",
           "invoice"."BillingCountry" AS "billing_country"
    FROM "InvoiceLine" AS "t"
    LEFT JOIN "Invoice" AS "invoice" ON "invoice"."InvoiceId" = "t"."InvoiceId"';

CREATE FACT TABLE playlist_track (
    playlist_id INTEGER REFERENCES playlist,
    track_id INTEGER REFERENCES track,
    PRIMARY KEY (playlist_id, track_id)
) ORDER BY (playlist_id, track_id)
FROM SOURCE chinook AS '
    SELECT "t"."PlaylistId" AS "playlist_id",
           "t"."TrackId" AS "track_id"
    FROM "PlaylistTrack" AS "t"';

-- Only as parts of the above: Album, Artist, Employee, Genre, MediaType.
