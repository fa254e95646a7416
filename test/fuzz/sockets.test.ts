/**
 * Every event and every kind of frame, right and wrong, at a server that is a process of its own. FUZZ=full
 * sends 100,000 frames, FUZZ_SEED repeats those of an earlier run (the seed is printed).
 */
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { Agent, Client } from 'undici'
import { clientEvents, serverEvents } from '../../src/modules/realtime/schemas.ts'
import { MessageResponseSchema } from '../../src/modules/messages/schemas.ts'
import { Type } from '@sinclair/typebox'
import { checkSound, listen } from '../support/faults/load.ts'
import { errorFaults, faultsOf } from '../support/fuzz/answers.ts'
import { fits, type Schema } from '../support/fuzz/arbitrary.ts'
import { payloadsOf, scribbles, talkFor } from '../support/fuzz/frames.ts'
import { read } from '../support/fuzz/json.ts'
import { closeSession, openSession, stepsFor, type Step } from '../support/fuzz/polling.ts'
import type { Vitals } from '../support/fuzz/probe.ts'
import { inLanes, isFull, isWanted, seed, tellSeed } from '../support/fuzz/settings.ts'
import { text, Wire } from '../support/fuzz/wire.ts'
import { createWorld } from '../support/fuzz/world.ts'

const runs = isFull ? 500 : 12
const frames = isFull ? 100_000 : 1_000
/** Of the frames, before memory is looked at for the first time. */
const warmUp = 0.2
const shards = 6

const probePath = join(tmpdir(), `convo-${randomUUID()}.sock`)
process.env.FUZZ_PROBE = probePath
const world = await createWorld(t, { preload: `import '${new URL('../support/fuzz/probe.ts', import.meta.url).href}'` })
const words = world.wordsOf('/messages')
const token = world.people[0]!.token
const probe = new Client('http://localhost', { socketPath: probePath })
t.teardown(() => probe.close())
tellSeed(t)

async function look (): Promise<Vitals> {
  const { body } = await probe.request({ path: '/', method: 'GET' })
  return await body.json() as Vitals
}

// Who sits there and listens is not to be disturbed.
const neighbour = await listen(t, world.people[1]!)
const misheard: string[] = []
neighbour.socket.onAny((name: string, payload) => {
  misheard.push(...faultsOf(serverEvents[name] as Schema, payload).map(fault => `${name}: ${fault}`))
})

const SuccessSchema: Schema = Type.Object({ ok: Type.Literal(true) })
const SentSchema: Schema = Type.Object({ ok: Type.Literal(true), ...MessageResponseSchema.properties })

function acknowledgementFaults (name: string, isValid: boolean, { ok, ...reply }: any): string[] {
  if (ok) {
    return [
      ...faultsOf(name === 'message:send' ? SentSchema : SuccessSchema, { ok, ...reply }),
      ...isValid ? [] : ['what is not valid was accepted'],
    ]
  }
  const { error } = reply
  const faults = errorFaults(error?.statusCode, error)
  if (error?.statusCode >= 500) faults.push('a fault of the server\'s own')
  if (!isValid && error?.code !== 'VALIDATION_FAILED') faults.push('refused for another reason than what is wrong')
  return faults
}

for (const [
  index, name,
] of (Object.keys(clientEvents) as Array<keyof typeof clientEvents>).filter(isWanted).entries()) {
  t.test(`${name} is acknowledged well whatever it carries`, async t => {
    const wire = new Wire(world.url)
    t.ok(await wire.admit(token))
    const replies = new Map<number, any>()
    wire.onText(packet => {
      const [, id, reply] = /^43(\d+)\[(.*)\]$/s.exec(packet ?? '') ?? []
      if (id !== undefined) replies.set(Number(id), JSON.parse(reply!))
    })
    const payloads = fc.sample(payloadsOf(name, words), { seed: seed + index, numRuns: runs })
    const faults = await inLanes(payloads, 10, async (payload, id) => {
      const packet = `["${name}",${payload}]`
      const [, ...args] = read(packet) as unknown[] | undefined ?? []
      // It would be no packet, and end the connection.
      if (read(packet) === undefined) return []
      wire.write(text(`42${id}${packet}`))
      await wire.next(packet => packet.startsWith(`43${id}[`))
      const isValid = args.length === 1 && fits(clientEvents[name], args[0])
      return (replies.has(id) ? acknowledgementFaults(name, isValid, replies.get(id)) : ['no acknowledgement']).map(
        fault => ({ fault, payload, reply: replies.get(id) })
      )
    })
    wire.socket.end()
    await wire.gone
    t.same(faults.flat().slice(0, 5), [])
  })
}

/** How a conversation with the server ends. */
type Ending = 'goodbye' | 'end' | 'reset'

interface Talk { isSignedIn: boolean, frames: Buffer[], ending: Ending }

const talks = fc.record({
  isSignedIn: fc.nat(4).map(n => n > 0),
  frames: fc.oneof({ weight: 3, arbitrary: talkFor(words) }, { weight: 1, arbitrary: scribbles }),
  ending: fc.constantFrom<Ending>('goodbye', 'end', 'end', 'end', 'reset'),
})

async function hold ({ isSignedIn, frames, ending }: Talk): Promise<number> {
  const wire = new Wire(world.url)
  if (await wire.admit(isSignedIn ? token : undefined)) {
    wire.write(...frames)
    if (ending === 'goodbye') wire.write(text('41'))
    if (ending === 'reset') wire.socket.resetAndDestroy()
  }
  wire.socket.end()
  await wire.gone
  return frames.length
}

const agent = new Agent({ connections: 20, keepAliveTimeout: 500 })
t.teardown(() => agent.destroy())

async function pollThrough ({
  isSignedIn, steps, vanishes,
}: { isSignedIn: boolean, steps: Step[], vanishes: boolean }): Promise<number> {
  const session = await openSession(world.url, agent, isSignedIn ? token : undefined)
  let sent = 1
  for (const step of steps) sent += await step(session)
  // To notice who has vanished takes the server up to 40 s.
  if (!vanishes || !isFull) await closeSession(session)
  return sent
}

/** Upgrades that are none. */
const knocks = fc.constantFrom<string[]>(
  ['x HTTP/1.1\r\nHost: x\r\n\r\nGET /other?'],
  ['EIO=4&transport=websocket&sid=__proto__'], ['EIO=4&transport=websocket&sid=unknown'], ['EIO=9&transport=websocket'],
  ['EIO=4'], [''], ['EIO=4&transport=polling'], ['EIO=4&transport=websocket', 'Sec-WebSocket-Key: x\r\n'],
  ['EIO=4&transport=websocket', 'Sec-WebSocket-Version: 99\r\n'],
  ['EIO=4&transport=websocket', 'Sec-WebSocket-Extensions: permessage-deflate; x="\r\n'],
  ['EIO=4&transport=websocket', 'Origin: https://evil.example\r\n'],
  ['EIO=4&transport=websocket', `X-Long: ${'x'.repeat(20_000)}\r\n`],
  ['EIO=4&transport=websocket', 'Content-Length: 5\r\n'],
  ['EIO=4&transport=websocket', 'Transfer-Encoding: chunked\r\n'],
  ['EIO=4&transport=websocket', 'Upgrade: h2c\r\n']
)

async function knock ([query, headers]: string[]): Promise<number> {
  const wire = new Wire(world.url)
  void wire.upgrade(query, headers)
  wire.socket.end()
  await wire.gone
  return 1
}

const patience = 20_000

/** What has no end, in words. */
const endless: string[] = []

/** The server lets go of whoever goes. */
async function bounded (act: () => Promise<number>, what: unknown): Promise<number> {
  const late = Promise.withResolvers<number>()
  const timer = setTimeout(() => {
    endless.push(
      JSON.stringify(
        what, (_key, value) => value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value
      )
    )
    late.resolve(0)
  }, patience)
  return Promise.race([act(), late.promise]).finally(() => clearTimeout(timer))
}

/** Sends so many frames, of all kinds. */
async function fuzz (wanted: number, seed: number): Promise<number> {
  const polls = fc.record({
    isSignedIn: fc.nat(4).map(n => n > 0), steps: stepsFor(words), vanishes: fc.nat(99).map(n => n === 0),
  })
  const scenes = fc.oneof<fc.WeightedArbitrary<() => Promise<number>>[]>(
    { weight: 6, arbitrary: talks.map(talk => () => bounded(() => hold(talk), talk)) },
  { weight: 3, arbitrary: polls.map(poll => () => bounded(() => pollThrough(poll), 'poll')) },
  { weight: 1, arbitrary: knocks.map(it => () => bounded(() => knock(it), it)) }
  )
  let sent = 0
  for (let round = 0; sent < wanted; round++) {
    const acts = fc.sample(scenes, { seed: seed + round, numRuns: 30 })
    await inLanes(acts, shards, async act => { sent += await act() })
  }
  return sent
}

t.test('frames of every kind leave the server as it was', async t => {
  const before = await look()
  let sent = await fuzz(frames * warmUp, seed)
  const warm = await look()
  const began = Date.now()
  sent += await fuzz(frames * (1 - warmUp), seed + 1_000_000)
  const { longestBlock } = await look()
  t.comment(`${sent} frames, the last ${100 - 100 * warmUp} % in ${((Date.now() - began) / 1_000).toFixed(1)} s; ` +
    `longest block ${Math.max(warm.longestBlock, longestBlock)} ms`)
  t.ok(longestBlock <= 200, `its event loop never stood still, at most for ${longestBlock} ms`)
  t.same(endless.slice(0, 5), [], 'every connection ends')
  t.ok(neighbour.socket.connected, 'who sits there and listens still does')
  t.same(await neighbour.ask('typing:stop', { conversationId: words.conversationId![0] }), { ok: true })
  t.same([...new Set(misheard)].slice(0, 5), [])

  await agent.destroy()
  let after = await look()
  // A young process takes memory for its threads and spaces at its first load: a few hundred frames tell only
  // what is held.
  const hasGrown = () => isFull && after.memory > warm.memory + 50
  const isSettled = () => after.connections <= before.connections && after.sessions <= before.sessions && !hasGrown()
  // V8 keeps the pages that it has freed until it has been idle for some seconds; each look has it collect garbage.
  for (const deadline = Date.now() + 90_000; !isSettled() && Date.now() < deadline; after = await look()) {
    await sleep(isFull ? 10_000 : 500)
  }
  t.comment(`before ${JSON.stringify(before)}, warm ${JSON.stringify(warm)}, after ${JSON.stringify(after)}`)
  t.ok(after.connections <= before.connections, 'no connection is left')
  t.match(after, { sessions: before.sessions, sockets: before.sockets, rooms: before.rooms }, 'and nothing of one')
  t.ok(after.heap - warm.heap <= 20, 'and of what it held nothing much is held on to')
  t.notOk(hasGrown(), `its memory grew by ${after.memory - warm.memory} MiB`)
})

t.test('the server has stayed the same process, and is well', t => checkSound(t, world.server))
