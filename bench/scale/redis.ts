import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { print, round } from './report.ts'

/** What channels cost Redis: memory for a first and a further subscriber, and CPU for a message to two of them. */
export async function measureRedis (url: string): Promise<void> {
  const [commands, first, second] = [new Redis(url), new Redis(url), new Redis(url)]
  const field = async (section: string, name: string) =>
    Number(new RegExp(`${name}:([\\d.]+)`).exec(await commands.info(section))![1])
  const cpu = async () => await field('cpu', 'used_cpu_sys') + await field('cpu', 'used_cpu_user')
  const channels = Array.from({ length: 100_000 }, () => `convo#/#conversation:${randomUUID()}#`)
  async function bytesOf (client: Redis): Promise<number> {
    const before = await field('memory', 'used_memory')
    for (let i = 0; i < channels.length; i += 1_000) await client.ssubscribe(...channels.slice(i, i + 1_000))
    return (await field('memory', 'used_memory') - before) / channels.length
  }
  const [one, further] = [await bytesOf(first), await bytesOf(second)]
  const message = Buffer.alloc(700, 'x')
  const count = 200_000
  const [start, before] = [performance.now(), await cpu()]
  for (let i = 0; i < count; i += 100) {
    await Promise.all(
      Array.from({ length: 100 }, (_, k) => commands.spublish(channels[(i + k) * 7919 % channels.length]!, message))
    )
  }
  const seconds = (performance.now() - start) / 1000
  print('Redis', ['What', 'Figure'], [
    ['version', /redis_version:(.*)/.exec(await commands.info('server'))![1]!.trim()],
    ['bytes for a channel with one subscriber', round(one)],
    ['bytes for each further subscriber', round(further)],
    ['messages of 700 bytes to two subscribers, by one client, 100 in flight: a second', round(count / seconds)],
    ['Redis\'s CPU for one, µs', round((await cpu() - before) / count * 1e6, 1)]])
  for (const client of [commands, first, second]) client.disconnect()
}
