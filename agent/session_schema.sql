-- The session store. Everything is created where it is not there yet, so stores of earlier versions open.
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, wire INTEGER NOT NULL, started TEXT NOT NULL, author TEXT NOT NULL,
    seed INTEGER NOT NULL, question TEXT NOT NULL, desk TEXT NOT NULL,
    finished INTEGER NOT NULL, report TEXT
);
CREATE TABLE IF NOT EXISTS entries (
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, place INTEGER NOT NULL,
    entry TEXT NOT NULL, PRIMARY KEY (session, place)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS evidence (
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, tag TEXT NOT NULL,
    seen TEXT NOT NULL, PRIMARY KEY (session, tag)
) WITHOUT ROWID;

-- What the person adds: a note on a session, products that they starred in it, and those that they took or refused.
CREATE TABLE IF NOT EXISTS notes (
    session TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE, note TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shortlist (
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, product TEXT NOT NULL,
    PRIMARY KEY (session, product)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS verdicts (
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, product TEXT NOT NULL,
    verdict TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (session, product)
) WITHOUT ROWID;

-- Derived: what a search reads. A row falls with every change of its session; the next search writes it anew.
CREATE TABLE IF NOT EXISTS searchable (
    session TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE, words TEXT NOT NULL
) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS searchable_after_entry AFTER INSERT ON entries
BEGIN DELETE FROM searchable WHERE session = new.session; END;
CREATE TRIGGER IF NOT EXISTS searchable_after_report AFTER UPDATE OF report ON sessions
WHEN old.report IS NOT new.report
BEGIN DELETE FROM searchable WHERE session = new.id; END;
CREATE TRIGGER IF NOT EXISTS searchable_after_note AFTER INSERT ON notes
BEGIN DELETE FROM searchable WHERE session = new.session; END;
CREATE TRIGGER IF NOT EXISTS searchable_without_note AFTER DELETE ON notes
BEGIN DELETE FROM searchable WHERE session = old.session; END;
