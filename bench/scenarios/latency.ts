/** Scenario 11: from sending to hearing, at a steady rate. */
import { latency } from '../load/latency.ts'
import { startLoad } from '../processes.ts'
import { httpSide, measure, type Scenario } from './scenario.ts'
import { directSenders, sendRequests } from './sending.ts'

export const endToEnd: Scenario = async bench => {
  const { world, convo } = bench
  const pairs = await directSenders(world)
  const [full] = await measure(bench, [await httpSide('Convo', convo, 64, sendRequests(pairs))])
  const results = []
  for (const [rate, goal] of [[100, 6], [Math.round(full!.rate / 2), 25]] as const) {
    const load = await startLoad(latency, { url: convo.url, rate, pairs })
    const [figures] = await measure(bench, [{ name: 'Convo', ...load, cpu: convo.cpu }])
    results.push({
      scenario: `from send to received at ${rate.toLocaleString('en')}/s: p99`,
      convo: figures!,
      value: figures!.p99,
      goal: { atMost: goal, unit: 'ms' as const },
    })
  }
  return results
}
