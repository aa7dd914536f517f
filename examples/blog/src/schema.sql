CREATE TABLE IF NOT EXISTS users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    email         TEXT    NOT NULL UNIQUE,
    password_hash TEXT    NOT NULL,
    is_active     BOOLEAN NOT NULL DEFAULT TRUE,
    role          TEXT    NOT NULL,
    pen_name      TEXT    NOT NULL
);

CREATE TABLE IF NOT EXISTS posts (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    author_id INTEGER NOT NULL REFERENCES users (id),
    title     TEXT    NOT NULL,
    text      TEXT    NOT NULL,
    published BOOLEAN NOT NULL DEFAULT FALSE
);
