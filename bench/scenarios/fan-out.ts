/** Scenario 5: one writes, and all members of the group are there to hear it. */
import type { Side } from '../compare.ts'
import { http, type HttpJob } from '../load/http.ts'
import { listeners } from '../load/listeners.ts'
import { sockets } from '../load/sockets.ts'
import { startLoad, type Load, type Server } from '../processes.ts'
import { againstRates, atLeast, measure, type Bench, type Scenario } from './scenario.ts'
import { groupSenders, sendRequests } from './sending.ts'

const inFlight = 8

/** Counts what is delivered, and reports how long the sender waits. */
async function listen (name: string, server: Server, tokens: string[], sender: Load): Promise<Side> {
  const audience = await startLoad(listeners, { url: server.url, tokens })
  return {
    name,
    cpu: server.cpu,
    async run (seconds) {
      const [heard, sent] = await Promise.all([audience.run(seconds), sender.run(seconds)])
      return { ...heard, p50: sent.p50, p99: sent.p99, errors: heard.errors + sent.errors }
    },
    async stop () {
      await Promise.all([audience.stop(), sender.stop()])
    },
  }
}

async function fanOutTo (bench: Bench, members: number) {
  const { world, convo } = bench
  const people = await groupSenders(world, members, members)
  const tokens = people.map(({ token }) => token)
  const bare = await world.startBare('socket-io')
  const job: HttpJob = { url: convo.url, inFlight, requests: sendRequests(people.slice(0, 1)) }
  const figures = await measure(bench, [
    await listen('Convo', convo, tokens, await startLoad(http, job)),
    await listen('bare Socket.IO', bare, tokens.slice(1), await startLoad(sockets, {
      url: bare.url, inFlight, event: 'message:send', senders: people.slice(0, 1),
    })),
  ]).finally(() => bare.stop())
  return againstRates(`deliveries to ${members.toLocaleString('en')} connected members`, figures, atLeast(0.9))
}

export const fanOut: Scenario = async bench => [...await fanOutTo(bench, 200), ...await fanOutTo(bench, 1_000)]
