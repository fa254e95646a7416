/**
 * The best SQL for what Convo does, one statement for each operation, written without regard for anything but
 * speed.
 */
import { randomUUID, randomUUIDv7 } from 'node:crypto'

export interface Statement {
  text: string
  values: (given: string[]) => unknown[]
  /** Not prepared: its plan depends on its values. */
  planned?: true
}

/** Given a conversation and a member of it. */
export const send: Statement = {
  text: `
    WITH conversation AS (
      UPDATE conversations SET last_seq = last_seq + 1, version = version + 1, updated_at = now()
      WHERE id = $2 AND blockers = 0 AND EXISTS (SELECT FROM participants WHERE user_id = $3 AND conversation_id = $2)
      RETURNING id, last_seq, version, updated_at
    )
    INSERT INTO messages (id, conversation_id, sender_id, seq, version, text, client_message_id, created_at)
    SELECT $1, id, $3, last_seq, version, $4, $5, updated_at FROM conversation
    RETURNING id, seq, version, created_at`,
  values: ([conversationId, senderId]) => [randomUUIDv7(), conversationId, senderId, 'Message number 1', randomUUID()],
}

const user = 'u.id AS user_id, u.name, u.initials, u.avatar_color, u.avatar_url, u.bio, u.username, u.is_online, ' +
  'u.last_active, u.created_at AS user_created_at, u.updated_at AS user_updated_at'

const conversations = (condition: string, limit: string) => `
  SELECT c.*, other.*, m.id AS message_id, m.sender_id, m.seq, m.version AS message_version, m.text, m.image_url,
    m.client_message_id, m.created_at AS sent_at, (
    SELECT count(*)::int FROM (
      SELECT FROM messages m
      WHERE m.conversation_id = c.id AND m.seq > c.last_read_seq AND m.sender_id <> $1 AND m.deleted_at IS NULL
        AND NOT EXISTS (SELECT FROM hidden_messages h WHERE h.user_id = $1 AND h.message_id = m.id) LIMIT 1000
    ) unread) AS unread_count
  FROM (
    SELECT c.*, p.is_muted, p.is_blocked, p.last_read_seq, p.last_read_at FROM participants p
    CROSS JOIN LATERAL (SELECT * FROM conversations WHERE id = p.conversation_id LIMIT 1) c
    WHERE p.user_id = $1 AND ${condition} ORDER BY c.updated_at DESC, c.id DESC ${limit}
  ) c
  LEFT JOIN LATERAL (
    SELECT o.last_read_seq AS other_read_seq, ${user} FROM participants o JOIN users u ON u.id = o.user_id
    WHERE c.type = 'direct' AND o.conversation_id = c.id AND o.user_id <> $1 LIMIT 1
  ) other ON true
  LEFT JOIN LATERAL (
    SELECT * FROM messages m WHERE m.conversation_id = c.id AND m.deleted_at IS NULL
      AND NOT EXISTS (SELECT FROM hidden_messages h WHERE h.user_id = $1 AND h.message_id = m.id)
    ORDER BY m.seq DESC LIMIT 1
  ) m ON true
  ORDER BY c.updated_at DESC, c.id DESC`

/** Given a person. */
export const list: Statement = {
  text: conversations('true', 'LIMIT 51'),
  values: ([userId]) => [userId],
}

/** Given a person, a conversation of theirs, and a number. */
export const page: Statement = {
  text: `
    SELECT m.*, h.hidden_at, p.last_read_seq, (
      SELECT o.last_read_seq FROM participants o
      WHERE c.type = 'direct' AND o.conversation_id = p.conversation_id AND o.user_id <> p.user_id
    ) AS other_read_seq
    FROM participants p JOIN conversations c ON c.id = p.conversation_id
    CROSS JOIN LATERAL (
      SELECT * FROM messages WHERE conversation_id = p.conversation_id AND seq < $3 ORDER BY seq DESC LIMIT 51
    ) m
    LEFT JOIN hidden_messages h ON h.user_id = p.user_id AND h.message_id = m.id
    WHERE p.user_id = $1 AND p.conversation_id = $2 ORDER BY m.seq`,
  values: ([userId, conversationId, beforeSeq]) => [userId, conversationId, beforeSeq],
}

/** Given a person and the versions they have seen, as a JSON object of conversations. */
export const sync: Statement = {
  text: `
    WITH changed AS (${conversations('c.version > coalesce(($2::jsonb ->> c.id::text)::bigint, -1)', '')})
    SELECT (SELECT own_version FROM users WHERE id = $1) AS own_version,
      (SELECT json_agg(changed) FROM changed) AS changed,
      (SELECT json_agg(m) FROM changed CROSS JOIN LATERAL (
        SELECT * FROM messages m
        WHERE m.conversation_id = changed.id AND m.version > ($2::jsonb ->> changed.id::text)::bigint
        ORDER BY m.version LIMIT 101
      ) m) AS messages,
      (SELECT json_agg(id) FROM jsonb_object_keys($2::jsonb) AS id
        WHERE NOT EXISTS (SELECT FROM participants p WHERE p.user_id = $1 AND p.conversation_id = id::uuid)) AS "left"`,
  values: given => given,
}

/** Given a person and a part of a name. */
export const search: Statement = {
  text: `
    SELECT u.id AS user_id, ${user}, lower(u.name) AS key, EXISTS (
      SELECT FROM conversations d
      WHERE d.blockers > 0 AND d.direct_key = least(u.id, $1)::text || ':' || greatest(u.id, $1)::text
    ) AS hidden
    FROM users u WHERE coalesce(u.folded_name, lower(u.name)) || ' @' || u.username LIKE $2 AND u.id <> $1
    ORDER BY lower(u.name), u.id LIMIT 51`,
  values: ([userId, term]) => [userId, `%${term}%`.toLowerCase()],
  planned: true,
}
