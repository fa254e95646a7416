/** What it costs to send, over HTTP and sockets, into many conversations and into one. */
import { sockets } from '../load/sockets.ts'
import { startLoad } from '../processes.ts'
import { groupSizes, type World } from '../world.ts'
import { againstRates, atLeast, atMost, httpSide, measure, sqlSide, type Scenario } from './scenario.ts'

const inFlight = 64

export interface Sender { token: string, senderId: string, conversationId: string }

/** Members of direct conversations of people with few others, each with a token. */
export async function directSenders (world: World, count = 500): Promise<Array<Sender & { otherToken: string }>> {
  const rows = await world.sql<{ id: string, members: string[] }>(`
    SELECT c.id, array_agg(p.user_id) AS members FROM conversations c JOIN participants p ON p.conversation_id = c.id
    WHERE c.id IN (SELECT id FROM conversations WHERE type = 'direct' ORDER BY md5(id::text) LIMIT $1)
    GROUP BY c.id`, [count])
  const [
    tokens, otherTokens,
  ] = [await world.signIn(rows.map(row => row.members[0]!)), await world.signIn(rows.map(row => row.members[1]!))]
  return rows.map(
    ({ id, members }, i) =>
      ({ token: tokens[i]!, otherToken: otherTokens[i]!, senderId: members[0]!, conversationId: id })
  )
}

/** Some members of the group of so many. */
export async function groupSenders (world: World, members: number, count = inFlight): Promise<Sender[]> {
  const rows = await world.sql<{ conversation_id: string, user_id: string }>(`
    SELECT conversation_id, user_id FROM participants
    WHERE conversation_id = (SELECT id FROM conversations WHERE name = 'Group of ${members}')
    ORDER BY user_id LIMIT $1`, [count])
  const tokens = await world.signIn(rows.map(row => row.user_id))
  return rows.map((row, i) => ({ token: tokens[i]!, senderId: row.user_id, conversationId: row.conversation_id }))
}

export const sendRequests = (senders: Sender[]) => senders.map(({ token, conversationId }) => ({
  method: 'POST' as const,
  path: `/api/v1/conversations/${conversationId}/messages`,
  token,
  json: { text: 'Message number 1' },
  fresh: true,
}))

const oneByOne = (world: World, senders: Sender[]) =>
  sqlSide('direct pg', world, {
    inFlight, work: 'send', cases: senders.map(({ conversationId, senderId }) => [conversationId, senderId]),
  })

/** Scenario 1. */
export const sendHttp: Scenario = async bench => {
  const { world, convo } = bench
  const senders = await directSenders(world)
  const bare = await world.startBare('fastify')
  const figures = await measure(bench, [
    await httpSide('Convo', convo, inFlight, sendRequests(senders)),
    await oneByOne(world, senders),
    await httpSide('bare Fastify', bare, inFlight, sendRequests(senders)),
  ]).finally(() => bare.stop())
  return againstRates('send over HTTP, 500 direct conversations, 64 in flight', figures, atLeast(1.3), atLeast(0.5))
}

/** Scenario 2. */
export const sendSocket: Scenario = async bench => {
  const { world, convo } = bench
  const senders = await directSenders(world)
  const load = await startLoad(sockets, { url: convo.url, inFlight, event: 'message:send', senders })
  const figures = await measure(bench, [{ name: 'Convo', ...load, cpu: convo.cpu }, await oneByOne(world, senders)])
  return againstRates('send over the socket, 500 direct conversations, 64 in flight', figures, atLeast(1.6))
}

/** Scenario 3. */
export const sendHot: Scenario = async bench => {
  const { world, convo } = bench
  const senders = await groupSenders(world, 100)
  const figures = await measure(bench, [
    await httpSide('Convo', convo, inFlight, sendRequests(senders)),
    await oneByOne(world, senders),
  ])
  return againstRates('send into one conversation, 64 in flight', figures, atLeast(4))
}

/** Scenario 4: what is compared is the CPU time of server and PostgreSQL. */
export const sendGroup: Scenario = async bench => {
  const { world, convo } = bench
  const sizes = groupSizes.filter(members => members !== 200)
  const sides = await Promise.all(sizes.map(async members => {
    const senders = await groupSenders(world, members, 2)
    return httpSide(`${members} members`, convo, 16, sendRequests(senders))
  }))
  const [smallest, ...larger] = await measure(bench, sides)
  const cost = ({ serverCpu, postgresCpu }: { serverCpu: number, postgresCpu: number }) => serverCpu + postgresCpu
  return larger.map(figures => ({
    scenario: `cost of a send into a group of ${figures.name}`,
    convo: figures,
    limit: smallest!,
    value: cost(figures) / cost(smallest!),
    goal: atMost(1.15),
  }))
}
