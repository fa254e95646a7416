/**
 * Whatever people do, in whatever order: what their clients show is what the server has, and what a
 * model foretells. MODEL_RUNS says how many sequences of commands are tried. MODEL_SEED repeats those
 * that were tried with it; with the `path` and `replayPath` of a failure, MODEL_PATH and
 * MODEL_REPLAY_PATH repeat the shortest sequence that failed.
 */
import { deepStrictEqual, ok } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import fc from 'fast-check'
import { startServer } from '../support/server.ts'
import { command, Sequences, type Command } from '../support/model/commands.ts'
import type { Model } from '../support/model/model.ts'
import { World } from '../support/model/world.ts'

const { MODEL_RUNS = '12', MODEL_SEED, MODEL_PATH, MODEL_REPLAY_PATH } = process.env
const runs = Number(MODEL_RUNS)
const firstSeed = Number(MODEL_SEED ?? Math.floor(Math.random() * 2 ** 31))
/** Most of it is for shortening what fails. */
const timeLimit = 60_000 + runs * 3_000

const server = await startServer(t, { LOG_LEVEL: 'error' })
const worlds = new Set<World>()
t.teardown(() => worlds.forEach(world => world.close()))
t.setTimeout(3 * timeLimit)

/** Tries what fast-check draws, each time in a new world of the same three people. */
async function check<Drawn> (t: Test, drawn: fc.Arbitrary<Drawn>, act: (
  world: World, drawn: Drawn
) => Promise<void>, parameters: fc.Parameters<[Drawn]>): Promise<void> {
  t.comment(`MODEL_SEED=${parameters.seed} for ${parameters.numRuns} runs`)
  const people = await server.signInMany(3)
  await fc.assert(fc.asyncProperty(drawn, async drawn => {
    const world = new World(server, people)
    worlds.add(world)
    await world.begin().then(() => act(world, drawn)).finally(() => world.end())
    worlds.delete(world)
  }), { timeout: 60_000, interruptAfterTimeLimit: timeLimit, markInterruptAsFailure: true, ...parameters })
}

async function performInTurn (world: World, commands: Iterable<fc.AsyncCommand<Model, World>>): Promise<void> {
  await fc.asyncModelRun(() => ({ model: world.model, real: world }), commands)
  await world.settle()
  await Promise.all(
    world.members.map(
      async member => deepStrictEqual(await world.compareToFresh(member), world.model.shownTo(member.id))
    )
  )
}

t.test('after whatever people did, one thing after the other, every client shows what is there and was foretold', {
  timeout: 1.5 * timeLimit,
}, async t => {
  // Several at once, as each waits for PostgreSQL most of the time.
  const shards = MODEL_PATH === undefined ? 3 : 1
  const checks = Array.from({ length: shards }, (_, shard) =>
    check(t, new Sequences(50, MODEL_REPLAY_PATH), performInTurn, {
      seed: firstSeed + shard, numRuns: Math.ceil(runs / shards), ...MODEL_PATH !== undefined && { path: MODEL_PATH },
    }))
  for (const check of await Promise.allSettled(checks)) if (check.status === 'rejected') throw check.reason
  t.equal(server.log(), '', 'and no error is logged')
})

async function performAtOnce (world: World, commands: Command[]): Promise<void> {
  for (const reply of await Promise.allSettled(commands.map(command => command.perform(world)))) {
    if (reply.status === 'fulfilled') ok(!reply.value || reply.value.status < 500)
    // Who goes offline does not hear the answer to what they have just done.
    else if (!/disconnected/.test(reply.reason.message)) throw reply.reason
  }
}

/** Hints may get lost, but nobody stays behind for longer than this. */
async function eventually (check: () => Promise<void>, deadline = Date.now() + 20_000): Promise<void> {
  await check().catch(async error => {
    if (Date.now() > deadline) throw error
    await sleep(20)
    await eventually(check, deadline)
  })
}

t.test('after whatever people did, two or three things at once, every client shows what is there', {
  skip: MODEL_PATH !== undefined, timeout: 1.5 * timeLimit,
}, async t => {
  const bursts = fc.array(fc.array(command, { minLength: 1, maxLength: 3 }), { minLength: 25, maxLength: 25 })
  await check(t, bursts, async (world, bursts) => {
    for (const burst of bursts) await performAtOnce(world, burst)
    await eventually(async () => {
      await world.settle()
      await Promise.all(world.members.map(member => world.compareToFresh(member)))
    })
  // Chance has its part in what fails here, so there is no use in shortening it.
  }, { seed: firstSeed, numRuns: Math.ceil(runs / 6), endOnFailure: true })
  t.equal(server.log(), '', 'and no error is logged')
})
