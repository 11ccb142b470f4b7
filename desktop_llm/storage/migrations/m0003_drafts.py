"""Version 3: what was written and not sent, for each conversation. Frozen."""

STATEMENTS = (
    # The id is no reference: "" is the conversation that is not begun yet, which has no row.
    """
    CREATE TABLE drafts (
        number INTEGER PRIMARY KEY,
        conversation_id TEXT NOT NULL UNIQUE,
        text TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TRIGGER conversation_erased AFTER DELETE ON conversations BEGIN
        DELETE FROM drafts WHERE conversation_id = old.id;
    END
    """,
)
