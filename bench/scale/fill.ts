import type pg from 'pg'
import { million, say } from './report.ts'

const people = 100_000
const groups = 20_000
export const conversations = 200_000

// The first group has a hundredth of all messages, the others and the direct conversations the same share each.
// Person 1 is in 50 groups; the others in four, and in three or four direct conversations.
export const peopleAndConversations = `
  INSERT INTO users (id, google_sub, email, name, initials, avatar_color, avatar_url, username)
  SELECT uuidv7(), (100000000000000000000 + n * 7919)::text, lower(first) || '.' || lower(last) || n || '@gmail.com',
    first || ' ' || last, 'AB', 'hsl(210, 65%, 45%)',
    'https://lh3.googleusercontent.com/a/' || md5(n::text) || md5((-n)::text) || '=s96-c', lower(first || last) || n
  FROM generate_series(0, ${people - 1}) n, LATERAL (SELECT
    (ARRAY[
      'Ada','Bo','Cleo','Dan','Eva','Finn','Gita','Hugo','Ines','Jan',
      'Kira','Liam','Mona','Noah','Olga','Paul','Rosa','Sven','Tara','Yusuf'
    ])[n % 20 + 1] AS first,
    initcap(translate(to_hex(4096 + (n * 7919) % 5000), '0123456789abcdef', 'aeioutnrslmkdbgh')) || 'son' AS last) name;
  INSERT INTO sessions (id, user_id, expires_at, user_agent)
  SELECT uuidv7(), id, now() + interval '7 days',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
  FROM users;
  CREATE SCHEMA filling;
  CREATE TABLE filling.person AS SELECT row_number() OVER (ORDER BY id) - 1 AS n, id FROM users;
  CREATE UNIQUE INDEX ON filling.person (n);
  ANALYZE filling.person;
  CREATE TABLE filling.place AS
  SELECT n, uuidv7() AS id, members FROM (
    SELECT side.n, array_agg(p.id ORDER BY side.place) AS members FROM (
      SELECT n, place, CASE WHEN n < 50 AND place = 0 THEN 0 ELSE (n * 5 + place * 4999) % ${people} END AS person
      FROM generate_series(0, ${groups - 1}) n, generate_series(0, 19) place
      UNION ALL SELECT n, 0, n % ${people} FROM generate_series(${groups}, ${conversations - 1}) n
      UNION ALL SELECT n, 1, (n % ${people} + 1 + n / ${people}) % ${people}
      FROM generate_series(${groups}, ${conversations - 1}) n
    ) side JOIN filling.person p ON p.n = side.person GROUP BY side.n
  ) places;
  CREATE UNIQUE INDEX ON filling.place (n);
  INSERT INTO conversations (id, type, name, icon, direct_key, member_count)
  SELECT id, CASE WHEN n < ${groups} THEN 'group' ELSE 'direct' END::conversation_type,
    CASE WHEN n < ${groups} THEN 'A group of people ' || n END, CASE WHEN n < ${groups} THEN '💬' END,
    CASE WHEN n >= ${groups}
      THEN least(members[1], members[2])::text || ':' || greatest(members[1], members[2])::text
    END,
    cardinality(members)
  FROM filling.place;
  INSERT INTO participants (id, user_id, conversation_id) SELECT uuidv7(), unnest(members), id FROM filling.place;
  ANALYZE`

const messagesFromTo = `
  INSERT INTO messages (id, conversation_id, sender_id, seq, version, text, client_message_id, created_at)
  SELECT uuidv7(), p.id, p.members[1 + k.seq % cardinality(p.members)], k.seq, k.seq + 1,
    left(
      'This is about as long as what people write to each other in a chat, now and then a little more than that.',
      20 + (k.number * 7919 % 81)::int
    ),
    gen_random_uuid(), now() - interval '300 days' + k.number * interval '2 seconds'
  FROM (
    SELECT number,
      CASE
        WHEN number % 100 = 0 THEN 0
        ELSE 1 + (number - number / 100 - 1) * 48271 % ${conversations - 1}
      END AS place,
      CASE
        WHEN number % 100 = 0 THEN number / 100
        ELSE (number - number / 100 - 1) / ${conversations - 1} + 1
      END AS seq
    FROM generate_series($from::bigint, $to::bigint) number
  ) k JOIN filling.place p ON p.n = k.place`

const countersOfMessages = `
  UPDATE conversations c SET last_seq = m.last, version = m.last + 1, updated_at = m.at
  FROM (SELECT conversation_id, max(seq) AS last, max(created_at) AS at FROM messages GROUP BY 1) m
  WHERE m.conversation_id = c.id;
  UPDATE participants p SET last_read_seq = greatest(0, c.last_seq - 20)
  FROM conversations c WHERE c.id = p.conversation_id`

const inserts = 500_000

export async function fillMessages (client: pg.Client, from: number, to: number): Promise<void> {
  for (let first = from + 1; first <= to; first += inserts) {
    const last = Math.min(to, first + inserts - 1)
    await client.query(messagesFromTo.replace('$from', String(first)).replace('$to', String(last)))
    say(`${million(last)} messages`)
  }
  await client.query(countersOfMessages)
  await client.query('VACUUM (ANALYZE) messages, conversations, participants')
  await client.query('CHECKPOINT')
}
