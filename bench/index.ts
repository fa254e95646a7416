/**
 * Measures Convo against its limits, on one machine, in one run, in turns.
 *
 *   npm run bench                        everything, on 100,000 people and 1,000,000 messages
 *   npm run bench -- --short             everything, on a smaller world, in under 3 minutes
 *   npm run bench -- send-http list      some scenarios
 *   npm run bench -- --profile list      with a CPU profile of Convo, in bench/results
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { toTable, type Result } from './report.ts'
import { fanOut } from './scenarios/fan-out.ts'
import { idle } from './scenarios/idle.ts'
import { endToEnd } from './scenarios/latency.ts'
import { list, page, search, sync } from './scenarios/reading.ts'
import { acrossNodes, adapters, moreNodes } from './scenarios/nodes.ts'
import type { Bench, Scenario } from './scenarios/scenario.ts'
import { sendGroup, sendHot, sendHttp, sendSocket } from './scenarios/sending.ts'
import { start } from './scenarios/start.ts'
import { createWorld } from './world.ts'

const scenarios: Record<string, Scenario> = {
  'send-http': sendHttp,
  'send-socket': sendSocket,
  'send-hot': sendHot,
  'send-group': sendGroup,
  'fan-out': fanOut,
  list,
  page,
  sync,
  search,
  idle,
  latency: endToEnd,
  start,
  'across-nodes': acrossNodes,
  nodes: moreNodes,
  adapters,
}

const { values: { short, profile }, positionals } = parseArgs({
  options: { short: { type: 'boolean', default: false }, profile: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const names = positionals.length > 0 ? positionals : Object.keys(scenarios)
const unknown = names.filter(name => !(name in scenarios))
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}. Scenarios: ${Object.keys(scenarios).join(', ')}`)
  process.exit(1)
}

async function runAll (): Promise<Result[]> {
  const world = await createWorld(
    short ? { users: 20_000, messages: 100_000, idle: 1_000 } : { users: 100_000, messages: 1_000_000, idle: 10_000 },
    profile ? ['--cpu-prof', '--cpu-prof-dir=bench/results'] : []
  )
  const bench: Bench = {
    world, pace: short ? { turns: 2, seconds: 0.7 } : { turns: 5, seconds: 4 }, convo: await world.startConvo(),
  }
  const results: Result[] = []
  for (const name of names) {
    console.error(`${name} …`)
    results.push(...await scenarios[name]!(bench))
  }
  await bench.convo.stop()
  await world.release()
  return results
}

const results = await runAll()
console.log(toTable(results))
await mkdir('bench/results', { recursive: true })
const file = `bench/results/${new Date().toISOString().replaceAll(':', '-')}.json`
await writeFile(file, JSON.stringify({
  date: new Date(), node: process.version, cpus: cpus().map(({ model }) => model), short, results,
}, undefined, 2))
console.error(`written to ${file}`)
