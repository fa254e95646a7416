/** Scenarios 6 to 9: what people look at, compared with the best SQL for it. */
import type { Request } from '../load/http.ts'
import { againstRates, atLeast, atMost, httpSide, measure, sqlSide, type Bench, type Scenario } from './scenario.ts'

const inFlight = 16

async function personNamed (bench: Bench, username: string): Promise<{ id: string, token: string }> {
  const [{ id }] = await bench.world.sql('SELECT id FROM users WHERE username = $1', [username])
  const [token] = await bench.world.signIn([id])
  return { id, token: token! }
}

const get = (token: string, path: string): Request => ({ method: 'GET', path: `/api/v1${path}`, token })

async function listOf (bench: Bench, username: string) {
  const { id, token } = await personNamed(bench, username)
  const [{ count }] = await bench.world.sql('SELECT count(*) FROM participants WHERE user_id = $1', [id])
  const figures = await measure(bench, [
    await httpSide('Convo', bench.convo, inFlight, [get(token, '/conversations')]),
    await sqlSide('direct pg', bench.world, { inFlight, work: 'list', cases: [[id]] }),
  ])
  return againstRates(`conversation list of a person in ${count}`, figures, atLeast(0.6))
}

/** Scenario 6. */
export const list: Scenario = async bench => [...await listOf(bench, 'person2'), ...await listOf(bench, 'person1')]

const pageSize = 50
const pagesDeep = 2_000

/** Scenario 7. */
export const page: Scenario = async bench => {
  const [largest] = await bench.world.sql(
    'SELECT conversation_id AS id, max(seq) AS last FROM messages GROUP BY 1 ORDER BY 2 DESC LIMIT 1'
  )
  const [{ username }] = await bench.world.sql(`
    SELECT username FROM users u JOIN participants p ON p.user_id = u.id
    WHERE p.conversation_id = $1 ORDER BY u.id LIMIT 1`, [largest.id])
  const { id, token } = await personNamed(bench, username)
  const deep = Math.max(largest.last - pagesDeep * pageSize, pageSize + 1)
  const pages = Math.round((largest.last - deep) / pageSize)
  const path = `/conversations/${largest.id}/messages`
  const [newest, direct, old] = await measure(bench, [
    await httpSide('Convo', bench.convo, inFlight, [get(token, path)]),
    await sqlSide('direct pg', bench.world, {
      inFlight, work: 'page', cases: [[id, largest.id, String(largest.last + 1)]],
    }),
    await httpSide('page 1', bench.convo, inFlight, [get(token, `${path}?beforeSeq=${deep}`)]),
  ])
  return [
    ...againstRates('newest page of 50 messages', [newest!, direct!], atLeast(0.6)),
    {
      scenario: `page ${pages.toLocaleString('en')} pages deep: its time`,
      convo: old!,
      limit: {
        ...newest!, name: 'page 1',
      },
      value: newest!.rate / old!.rate,
      goal: atMost(1.1)
    },
  ]
}

async function syncOf (bench: Bench, behind: number) {
  const { id, token } = await personNamed(bench, 'person1')
  const rows = await bench.world.sql<{ id: string, version: number }>(`
    SELECT c.id, c.version FROM conversations c JOIN participants p ON p.conversation_id = c.id
    WHERE p.user_id = $1 ORDER BY c.id`, [id])
  const conversations = Object.fromEntries(
    rows.map(({ id, version }, i) => [id, Number(version) - (i < behind ? 1 : 0)])
  )
  const figures = await measure(bench, [
    await httpSide('Convo', bench.convo, inFlight, [
      { method: 'POST', path: '/api/v1/sync', token, json: { conversations } },
    ]),
    await sqlSide('direct pg', bench.world, { inFlight, work: 'sync', cases: [[id, JSON.stringify(conversations)]] }),
  ])
  return againstRates(`/sync, ${behind === 0 ? 'nothing' : behind} of ${rows.length} changed`, figures, atLeast(0.6))
}

/** Scenario 8. */
export const sync: Scenario = async bench => [...await syncOf(bench, 0), ...await syncOf(bench, 10)]

/** Scenario 9: parts of names that many, some, one and none have. */
export const search: Scenario = async bench => {
  const { id, token } = await personNamed(bench, 'person3')
  const terms = ['ada', 'mona', 'rosak', 'person42', 'person4242', 'tara h', 'zzqqx', 'liamh']
  const figures = await measure(bench, [
    await httpSide(
      'Convo', bench.convo, inFlight, terms.map(term => get(token, `/users?search=${encodeURIComponent(term)}`))
    ),
    await sqlSide('direct pg', bench.world, { inFlight, work: 'search', cases: terms.map(term => [id, term]) }),
  ])
  return againstRates(`search among ${bench.world.size.users.toLocaleString('en')} people`, figures, atLeast(0.6))
}
