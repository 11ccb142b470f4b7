"""Version 1: conversations, messages as a tree, and the index that finds text in any script. Frozen."""

STATEMENTS = (
    """
    CREATE TABLE conversations (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        title TEXT NOT NULL,
        created INTEGER NOT NULL,
        updated INTEGER NOT NULL,
        leaf_id TEXT,
        pinned INTEGER NOT NULL,
        system_prompt TEXT NOT NULL,
        preset TEXT NOT NULL,
        sampling TEXT NOT NULL,
        deleted_at INTEGER
    ) STRICT
    """,
    # A parent is checked at commit, so that a whole branch can go in one statement.
    """
    CREATE TABLE messages (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
        parent_id TEXT REFERENCES messages (id) DEFERRABLE INITIALLY DEFERRED,
        role TEXT NOT NULL,
        text TEXT NOT NULL,
        created INTEGER NOT NULL,
        state TEXT NOT NULL,
        end_reason TEXT,
        model_id TEXT NOT NULL,
        model_hash TEXT NOT NULL,
        sampling TEXT,
        prompt_tokens INTEGER,
        reused_tokens INTEGER,
        new_tokens INTEGER,
        ttft_s REAL,
        tokens_per_s REAL,
        seed INTEGER,
        error TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX messages_of_conversation ON messages (conversation_id)",
    "CREATE INDEX messages_under_parent ON messages (parent_id)",
    "CREATE INDEX messages_streaming ON messages (number) WHERE state = 'streaming'",
    # Three characters at a time: finds Chinese, which has no spaces between words, and any part
    # of a word. The text itself stays in `messages`.
    """
    CREATE VIRTUAL TABLE messages_text USING fts5 (
        text, content = 'messages', content_rowid = 'number', tokenize = 'trigram'
    )
    """,
    # Deleted text goes at once, not when the index happens to be merged.
    "INSERT INTO messages_text (messages_text, rank) VALUES ('secure-delete', 1)",
    # A reply is indexed when it is complete: while it streams, a flush must cost next to nothing.
    """
    CREATE TRIGGER messages_added AFTER INSERT ON messages WHEN new.state <> 'streaming' BEGIN
        INSERT INTO messages_text (rowid, text) VALUES (new.number, new.text);
    END
    """,
    """
    CREATE TRIGGER messages_removed AFTER DELETE ON messages WHEN old.state <> 'streaming' BEGIN
        INSERT INTO messages_text (messages_text, rowid, text)
            VALUES ('delete', old.number, old.text);
    END
    """,
    """
    CREATE TRIGGER messages_changed AFTER UPDATE OF text, state ON messages BEGIN
        INSERT INTO messages_text (messages_text, rowid, text)
            SELECT 'delete', old.number, old.text WHERE old.state <> 'streaming';
        INSERT INTO messages_text (rowid, text)
            SELECT new.number, new.text WHERE new.state <> 'streaming';
    END
    """,
)
