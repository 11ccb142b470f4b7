"""Version 2: where the safety filter touched a reply and why, without a word of it. Frozen."""

STATEMENTS = (
    # A reply's id is no reference: the counts outlive the reply, which they say nothing about.
    """
    CREATE TABLE safety_events (
        number INTEGER PRIMARY KEY,
        reply_id TEXT NOT NULL,
        happened INTEGER NOT NULL,
        category TEXT NOT NULL,
        rule TEXT NOT NULL,
        action TEXT NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        note TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX safety_events_of_reply ON safety_events (reply_id)",
    "CREATE INDEX safety_events_by_time ON safety_events (happened)",
)
