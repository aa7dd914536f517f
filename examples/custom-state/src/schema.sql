CREATE TABLE IF NOT EXISTS users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    email         TEXT    NOT NULL UNIQUE,
    password_hash TEXT    NOT NULL
);
CREATE TABLE IF NOT EXISTS notes (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL,
    text    TEXT    NOT NULL
);
CREATE TABLE IF NOT EXISTS audit (
    at_ms   INTEGER NOT NULL,
    what    TEXT    NOT NULL,
    user_id TEXT,
    ip      TEXT
);
