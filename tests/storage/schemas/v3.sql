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
) STRICT;

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
) STRICT;

CREATE INDEX messages_of_conversation ON messages (conversation_id);

CREATE INDEX messages_under_parent ON messages (parent_id);

CREATE INDEX messages_streaming ON messages (number) WHERE state = 'streaming';

CREATE VIRTUAL TABLE messages_text USING fts5 (
    text, content = 'messages', content_rowid = 'number', tokenize = 'trigram'
);

INSERT INTO messages_text (messages_text, rank) VALUES ('secure-delete', 1);

CREATE TRIGGER messages_added AFTER INSERT ON messages WHEN new.state <> 'streaming' BEGIN
    INSERT INTO messages_text (rowid, text) VALUES (new.number, new.text);
END;

CREATE TRIGGER messages_removed AFTER DELETE ON messages WHEN old.state <> 'streaming' BEGIN
    INSERT INTO messages_text (messages_text, rowid, text)
        VALUES ('delete', old.number, old.text);
END;

CREATE TRIGGER messages_changed AFTER UPDATE OF text, state ON messages BEGIN
    INSERT INTO messages_text (messages_text, rowid, text)
        SELECT 'delete', old.number, old.text WHERE old.state <> 'streaming';
    INSERT INTO messages_text (rowid, text)
        SELECT new.number, new.text WHERE new.state <> 'streaming';
END;

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
) STRICT;

CREATE INDEX safety_events_of_reply ON safety_events (reply_id);

CREATE INDEX safety_events_by_time ON safety_events (happened);

CREATE TABLE drafts (
    number INTEGER PRIMARY KEY,
    conversation_id TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL
) STRICT;

CREATE TRIGGER conversation_erased AFTER DELETE ON conversations BEGIN
    DELETE FROM drafts WHERE conversation_id = old.id;
END;

INSERT INTO conversations VALUES (1, 'c1', '注意力 attention', 1700000000000000, 1700000001000000, 'm2', 1,
    'Be kind.', 'Precise', '{"temperature": 0.5}', NULL);

INSERT INTO messages VALUES (1, 'm1', 'c1', NULL, 'user', 'What are the limits?', 1700000000000000,
    'complete', NULL, '', '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '');

INSERT INTO messages VALUES (2, 'm2', 'c1', 'm1', 'assistant', '主要局限性是计算资源。', 1700000001000000,
    'complete', 'stop', 'guide', 'ab', '{"temperature": 0.5, "stop": ["x"]}', 10, 0, 5, 0.1, 20.0, 7, '');

INSERT INTO safety_events VALUES (1, 'm2', 1700000001000000, 'own', 'own.1', 'mask', 0, 1, '');

INSERT INTO drafts VALUES (1, 'c1', '未发送');

INSERT INTO drafts VALUES (2, '', 'not begun');

PRAGMA user_version = 3
