-- The catalogue: the truth from which search, vectors and cards are derived.
-- `record` columns hold whole records as JSON; the other columns repeat what SQL must filter, join or order by.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- keys: schema (version), generation (counts every committed change), vectors (generation last drained),
-- sharing (JSON of index.sharing.ledger.Standing), same (generation at which the tables of same things were
-- last made; absent: never)

CREATE TABLE imports (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    file TEXT NOT NULL,
    digest TEXT NOT NULL,             -- sha256 of the file's bytes and of the schema and mapping used
    started TEXT NOT NULL,
    finished TEXT,                    -- NULL while running or after a kill: the next import of it completes it
    rows_done INTEGER NOT NULL DEFAULT 0,
    UNIQUE (source, digest)
);

CREATE TABLE categories (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE         -- parts joined with ' > '
);

CREATE TABLE products (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    category INTEGER REFERENCES categories (id),
    title TEXT NOT NULL,
    brand TEXT NOT NULL,              -- casefolded
    rating REAL,
    rating_count INTEGER,
    seen TEXT NOT NULL,
    digest TEXT NOT NULL,             -- of the content without row, file and dates seen: see index.rows.digest
    text_digest TEXT NOT NULL,        -- of what is full-text indexed and embedded: a new price changes neither
    record TEXT NOT NULL
);
CREATE INDEX products_source ON products (source);
CREATE INDEX products_category ON products (category);

CREATE TABLE offers (
    product INTEGER NOT NULL REFERENCES products (key) ON DELETE CASCADE,
    currency TEXT NOT NULL,
    amount REAL NOT NULL
);
CREATE INDEX offers_product ON offers (product, currency, amount);

CREATE TABLE attributes (
    product INTEGER NOT NULL REFERENCES products (key) ON DELETE CASCADE,
    category INTEGER,
    name TEXT NOT NULL,
    unit TEXT NOT NULL,
    at_least REAL,                    -- Attribute.at_least: held against lower limits
    at_most REAL,                     -- Attribute.at_most: held against upper limits
    flag INTEGER,
    words TEXT NOT NULL,              -- ' black | red ': every word padded with blanks, so instr finds whole words
    PRIMARY KEY (product, name)
) WITHOUT ROWID;
-- Covering: a filter over one attribute of 60,000 products reads this index alone.
CREATE INDEX attributes_value ON attributes (name, category, at_most, at_least, flag, unit, words);

CREATE TABLE identifiers (            -- exact ids: gtin, mpn, sku, asin and the product id itself, casefolded
    value TEXT NOT NULL,
    product INTEGER NOT NULL REFERENCES products (key) ON DELETE CASCADE
);
CREATE INDEX identifiers_value ON identifiers (value);
CREATE INDEX identifiers_product ON identifiers (product);

CREATE TABLE reviews (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    product_id TEXT NOT NULL,
    source TEXT NOT NULL,
    seen TEXT NOT NULL,
    digest TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX reviews_product ON reviews (product_id);
CREATE INDEX reviews_source ON reviews (source);

CREATE TABLE pages (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    seen TEXT NOT NULL,
    digest TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX pages_source ON pages (source);

CREATE TABLE events (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    at TEXT NOT NULL,
    seen TEXT NOT NULL,
    digest TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX events_source ON events (source);

CREATE TABLE prices (                 -- every price ever seen; never overwritten
    product_id TEXT NOT NULL,
    seen TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount REAL NOT NULL,
    source TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (product_id, seen, currency, amount, source)
) WITHOUT ROWID;
CREATE INDEX prices_source ON prices (source);

CREATE TABLE column_meanings (        -- what the column schemas said, for cards and for the binding of needs
    source TEXT NOT NULL,
    category TEXT NOT NULL,           -- '' for every category of the source
    attribute TEXT NOT NULL,          -- '' for the category itself
    meaning TEXT NOT NULL,            -- JSON of index.meanings.Meaning
    PRIMARY KEY (source, category, attribute)
) WITHOUT ROWID;

CREATE TABLE same_said (              -- the person's word on two products, by their ids
    one TEXT NOT NULL,                -- the lesser id of the two
    other TEXT NOT NULL,
    same INTEGER NOT NULL,            -- 1: one thing; 0: two things, whatever their numbers say
    PRIMARY KEY (one, other)
) WITHOUT ROWID;

CREATE TABLE names_said (             -- the person's word on the name of an attribute
    category TEXT NOT NULL,           -- path; '' for every category
    alias TEXT NOT NULL,
    name TEXT NOT NULL,               -- what the alias is read as; itself where it is to stay apart
    PRIMARY KEY (category, alias)
) WITHOUT ROWID;

-- What follows from numbers and from the person's word, made anew by index.identity.agreeing.
CREATE TABLE same_products (          -- products of which several sources tell, or that the person joined
    product INTEGER PRIMARY KEY REFERENCES products (key) ON DELETE CASCADE,
    thing INTEGER NOT NULL,           -- key of the best-told record of the same thing
    place INTEGER NOT NULL,           -- 0 for the best-told record
    digest TEXT NOT NULL              -- of the thing's records and names: what they were when it was made
);
CREATE INDEX same_products_thing ON same_products (thing, place);
CREATE INDEX same_products_digest ON same_products (digest);

CREATE TABLE same_offers (            -- for each such product the offers of all records of the thing
    product INTEGER NOT NULL REFERENCES products (key) ON DELETE CASCADE,
    currency TEXT NOT NULL,
    amount REAL NOT NULL
);
CREATE INDEX same_offers_product ON same_offers (product, currency, amount);

CREATE TABLE same_attributes (        -- and its attributes with what it lacks and another record gives
    product INTEGER NOT NULL REFERENCES products (key) ON DELETE CASCADE,
    category INTEGER,
    name TEXT NOT NULL,
    unit TEXT NOT NULL,
    at_least REAL,
    at_most REAL,
    flag INTEGER,
    words TEXT NOT NULL,
    PRIMARY KEY (product, name)
) WITHOUT ROWID;
CREATE INDEX same_attributes_value ON same_attributes (name, category, at_most, at_least, flag, unit, words);

CREATE TABLE attribute_names (        -- attribute names that are read as another in a category
    alias TEXT NOT NULL,
    category INTEGER,
    name TEXT NOT NULL,
    said INTEGER NOT NULL             -- 1: the person's word; 0: the table of synonyms
);
CREATE INDEX attribute_names_alias ON attribute_names (alias, category);
CREATE INDEX attribute_names_name ON attribute_names (name);

CREATE TABLE pending (                -- products whose vectors Chroma does not hold yet, or must forget
    product_id TEXT PRIMARY KEY,
    forget INTEGER NOT NULL,          -- 1: gone from the catalogue, to be deleted from Chroma
    generation INTEGER NOT NULL       -- that wrote the row: a drain deletes only the row that it has read
) WITHOUT ROWID;

CREATE TABLE shared (                 -- what this index gave to a shared server, or has from one: see index.sharing
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    digest TEXT NOT NULL,             -- of what was given; '' while it is on its way, 'gone' once it was withdrawn
    generation INTEGER NOT NULL,      -- of the server's index
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;

CREATE VIRTUAL TABLE products_fts USING fts5 (
    title, brand, category, attributes, description,
    tokenize = 'porter unicode61 remove_diacritics 2'
);  -- rowid = products.key

CREATE VIRTUAL TABLE pages_fts USING fts5 (title, body, tokenize = 'porter unicode61 remove_diacritics 2');
-- rowid = pages.key
