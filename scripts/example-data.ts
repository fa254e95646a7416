import pg from 'pg'

/** How much to fill in: 20,000 people or more, or the groups of the first ones are not full. */
export interface FillSize { users: number, messages: number }

// Ids ordered by time, as the server makes them; PostgreSQL has uuidv7() of its own only from 18 on.
const functions = `
  CREATE FUNCTION pg_temp.id_at(at timestamptz) RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
      || '7' || substr(r, 1, 3) || '8' || substr(r, 4, 15))::uuid
    FROM (SELECT md5(random()::text || clock_timestamp()::text) AS r) AS random
  $$;
  CREATE FUNCTION pg_temp.word(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT (ARRAY[
        'Ada','Bo','Cleo','Dan','Eva','Finn','Gita','Hugo','Ines','Jan',
        'Kira','Liam','Mona','Noah','Olga','Paul','Rosa','Sven','Tara','Yusuf'
      ])[n % 20 + 1]
      || translate(to_hex(n), '0123456789', 'ghijklmnop')
  $$`

const statements: Array<[what: string, sql: string]> = [
  ['people', `
    INSERT INTO users (id, google_sub, email, name, initials, avatar_color, username, created_at)
    SELECT pg_temp.id_at(at), 'fill-' || n, 'person' || n || '@example.com',
      pg_temp.word(n) || ' ' || pg_temp.word((n * 7919) % 5000), 'XY', 'hsl(210, 65%, 45%)', 'person' || n, at
    FROM generate_series(1, $users) n, LATERAL (SELECT now() - interval '1 year' + n * interval '1 second' AS at) t`],
  ['numbered people', 'CREATE TEMP TABLE person AS SELECT row_number() OVER (ORDER BY created_at) AS n, id FROM users'],
  ['index', 'CREATE UNIQUE INDEX ON person (n)'],
  // The first person has 450 direct conversations and is in 50 groups, the second has 45 more and is in 4;
  // every other one talks to their neighbour.
  ['direct pairs', `
    CREATE TEMP TABLE pair AS
    SELECT pg_temp.id_at(now() - interval '1 year') AS id, a.id AS a, b.id AS b
    FROM (
      SELECT 1 AS a, n AS b FROM generate_series(2, 451) n
      UNION ALL SELECT 2, n FROM generate_series(452, 495) n
      UNION ALL SELECT n, n + 1 FROM generate_series(2, $users - 1, 2) n
    ) p
    JOIN person a ON a.n = p.a JOIN person b ON b.n = p.b`],
  ['direct conversations', `
    INSERT INTO conversations (id, type, direct_key, member_count)
    SELECT id, 'direct', least(a, b)::text || ':' || greatest(a, b)::text, 2 FROM pair ON CONFLICT DO NOTHING`],
  ['their members', `
    INSERT INTO participants (id, user_id, conversation_id)
    SELECT gen_random_uuid(), side, id FROM (SELECT id, a AS side FROM pair UNION ALL SELECT id, b FROM pair) s
    WHERE id IN (SELECT id FROM conversations) ON CONFLICT DO NOTHING`],
  ['groups', `
    INSERT INTO conversations (id, type, name, icon)
    SELECT pg_temp.id_at(now() - interval '1 year'), 'group', pg_temp.word(n) || ' group ' || n, '💬'
    FROM generate_series(1, 1000) n`],
  ['numbered groups', `
    CREATE TEMP TABLE numbered_group AS SELECT row_number() OVER (ORDER BY id) AS n, id
    FROM conversations WHERE type = 'group' AND name LIKE '%group%'`],
  // The first group has 10,000 members, the others 100.
  ['their members', `
    INSERT INTO participants (id, user_id, conversation_id)
    SELECT gen_random_uuid(), p.id, g.id
    FROM numbered_group g
    JOIN LATERAL generate_series(1, CASE g.n WHEN 1 THEN least(10000, $users) ELSE 100 END) m ON true
    JOIN person p ON p.n = CASE
      WHEN m = 1 AND g.n <= 50 THEN 1
      WHEN m = 2 AND g.n <= 4 THEN 2
      ELSE 3 + (g.n * 131 + m) % ($users - 2)
    END
    ON CONFLICT DO NOTHING`],
  // A tenth of all messages is in one group, a third in the first person's conversations, the rest everywhere.
  ['numbered conversations', `
    CREATE TEMP TABLE numbered_conversation AS
    SELECT row_number() OVER (ORDER BY own DESC, id) AS n, id FROM (
      SELECT c.id, EXISTS (
        SELECT FROM participants p JOIN person ON person.id = p.user_id AND person.n = 1
        WHERE p.conversation_id = c.id
      ) AS own
      FROM conversations c WHERE EXISTS (SELECT FROM participants p WHERE p.conversation_id = c.id)) c`],
  ['message places', `
    CREATE TEMP TABLE place AS
    SELECT n AS number,
      CASE WHEN n % 10 = 0 THEN (SELECT id FROM numbered_group WHERE n = 1) END AS conversation_id,
      CASE
        WHEN n % 3 = 0 THEN 1 + n / 3 % 500
        ELSE 1 + (n::bigint * 48271) % (SELECT count(*) FROM numbered_conversation)
      END AS c
    FROM generate_series(1, $messages) n`],
  ['messages', `
    INSERT INTO messages (id, conversation_id, sender_id, seq, version, text, client_message_id, created_at)
    SELECT pg_temp.id_at(at), conversation_id, members[1 + number % array_length(members, 1)], seq, seq + 1,
      'Message number ' || number || ', about as long as people write in a chat.', gen_random_uuid(), at
    FROM (
      SELECT number, conversation_id, row_number() OVER (PARTITION BY conversation_id ORDER BY number) AS seq,
        now() - interval '300 days' + number * interval '20 seconds' AS at
      FROM (
        SELECT p.number, coalesce(p.conversation_id, c.id) AS conversation_id
        FROM place p JOIN numbered_conversation c ON c.n = p.c
      ) x
    ) m
    JOIN LATERAL (
      SELECT array_agg(user_id) AS members
      FROM (SELECT user_id FROM participants p WHERE p.conversation_id = m.conversation_id LIMIT 20) l
    ) s ON true`],
  ['last numbers', `
    UPDATE conversations c SET last_seq = m.last, version = m.last + 1, updated_at = m.at
    FROM (SELECT conversation_id, max(seq) AS last, max(created_at) AS at FROM messages GROUP BY 1) m
    WHERE m.conversation_id = c.id`],
  ['member counts', `
    UPDATE conversations c SET member_count = m.count
    FROM (SELECT conversation_id, count(*) FROM participants GROUP BY 1) m
    WHERE m.conversation_id = c.id AND c.type = 'group'`],
  ['read positions', `
    UPDATE participants p SET last_read_seq = greatest(0, c.last_seq - 20)
    FROM conversations c WHERE c.id = p.conversation_id`],
  ['changes, all told', 'TRUNCATE changes'],
  ['statistics', 'VACUUM ANALYZE'],
]

/**
 * Fills an empty, migrated database: the first person (`person1`) is in 500 conversations, the second
 * in 50, one group has 10,000 members and a tenth of all messages. Throws if there are people in it.
 */
export async function fillDatabase (url: string, size: FillSize, report: (line: string) => void): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query('SELECT FROM users LIMIT 1')
    if (rows.length > 0) throw new Error('This database has people in it; fill an empty one.')
    await client.query(functions)
    for (const [what, sql] of statements) {
      const start = performance.now()
      const { rowCount } = await client.query(
        sql.replaceAll('$users', String(size.users)).replaceAll('$messages', String(size.messages))
      )
      report(`${what}: ${rowCount ?? 0} rows, ${Math.round(performance.now() - start)} ms`)
    }
  } finally {
    await client.end()
  }
}
