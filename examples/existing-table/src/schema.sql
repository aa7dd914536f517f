-- The table as the former system left it: its own names, a binary UUID as the key, hashes of another scheme, and a
-- column (`newsletter`) that the Rust program knows nothing about.
CREATE TABLE IF NOT EXISTS accounts (
    account_uuid BLOB    NOT NULL PRIMARY KEY,
    mail_address TEXT    NOT NULL UNIQUE,
    nick         TEXT    NOT NULL UNIQUE,
    pw           TEXT    NOT NULL,
    groups       TEXT    NOT NULL,
    plan         TEXT    NOT NULL DEFAULT 'free',
    disabled_at  INTEGER,
    newsletter   BOOLEAN NOT NULL DEFAULT FALSE
);

-- The password is `correct horse battery`, hashed as Django writes it.
INSERT OR IGNORE INTO accounts (account_uuid, mail_address, nick, pw, groups, plan, newsletter) VALUES (
    X'8f14e45fceea467f9d2b3c6a1e0b7d52', 'ada@example.org', 'ada',
    'pbkdf2_sha256$260000$Zk3vQ9sT1bLx$mbpn9PAPgDnMoKy4cNs1VqzjgvCp2H7GLlh4AjarSxY=',
    'reader,author', 'gold', TRUE
);
