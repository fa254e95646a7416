import t from 'tap'
import { call, Person, until, type TestServer } from '../support/server.ts'
import { startRedis, withoutRedis } from '../support/redis.ts'
import { at, startNodes } from '../support/nodes/nodes.ts'

const max = 20

/**
 * Asks a node so often, each request after the answer to the one before; returns how long the slowest took,
 * and the statuses.
 */
async function ask (node: TestServer, person: Person, times: number) {
  const statuses: number[] = []
  let slowest = 0
  for (let i = 0; i < times; i++) {
    const begun = performance.now()
    statuses.push((await at(node, person).get('/auth/me')).status)
    slowest = Math.max(slowest, performance.now() - begun)
  }
  return { served: statuses.filter(status => status === 200).length, statuses, slowest }
}

/** Somebody new who has not called yet. To sign in is limited by address, which all tests share. */
async function createPerson (node: TestServer): Promise<Person> {
  const [user] = await node.sql(`
    INSERT INTO users (id, google_sub, email, name, initials, avatar_color, username)
    SELECT id, id, id || '@example.com', 'Ada', 'A', '#000000', left(md5(id::text), 20)
    FROM gen_random_uuid() AS id RETURNING id`)
  const [session] = await node.sql(`
    INSERT INTO sessions (id, user_id, expires_at)
    VALUES (gen_random_uuid(), $1, now() + interval '1 hour') RETURNING id`, [user.id])
  return new Person(node, user, node.app.jwt.sign({ sub: user.id, jti: session.id }))
}

const redisOf = async ({ url }: TestServer) => (await call(`${url}/health/ready`, 'GET')).body.redis

t.test('rate limits', { skip: withoutRedis }, async t => {
  const redis = await startRedis(t)
  const [
    here, there,
  ] = await startNodes(t, 2, { REDIS_URL: redis.url, RATE_LIMIT_MAX: String(max) }) as [TestServer, TestServer]

  await t.test('are one budget over all nodes, requests and events together', async t => {
    const ada = await createPerson(here)
    const ear = await at(there, ada).connect()
    t.equal((await ask(here, ada, 5)).served, 5)
    for (let i = 0; i < 5; i++) t.same(await ear.ask('join', { userId: ada.id }), { ok: true })
    t.equal((await ask(there, ada, 20)).served, 10)
    const refusal = await at(here, ada).get('/auth/me')
    t.match(refusal, { status: 429, body: { code: 'RATE_LIMITED' } })
    t.equal(refusal.headers.get('x-ratelimit-remaining'), '0')
    const wait = Number(refusal.headers.get('retry-after'))
    t.ok(wait > 0 && wait <= 60)
    t.match((await ear.ask('join', { userId: ada.id })).error, { code: 'RATE_LIMITED' })
    t.equal((await ask(there, await createPerson(there), 1)).served, 1, 'somebody else has their own')
  })

  await t.test('of single calls as well', async t => {
    const post = (node: TestServer) => call(`${node.url}/api/v1/auth/google`, 'POST', { json: { idToken: 'x' } })
    const answers = [await post(here), await post(there), await post(here), await post(there)]
    const statuses = answers.map(({ status }) => status)
    t.same(statuses, [401, 401, 429, 429])
  })

  await t.test('of many calls are given to nodes in portions, and no more is served in all', async t => {
    const many = 500
    const [one, other] = await startNodes(t, 2, {
      REDIS_URL: redis.url, RATE_LIMIT_MAX: String(many),
    }) as [TestServer, TestServer]
    const ada = await createPerson(one)
    const answers: Awaited<ReturnType<Person['get']>>[] = []
    // All at once would keep this process so busy that Redis seems away.
    while (answers.length < many + 100) {
      answers.push(
        ...await Promise.all(Array.from({ length: 10 }, (_, i) => at(i % 2 ? one : other, ada).get('/auth/me')))
      )
    }
    const served = answers.filter(({ status }) => status === 200)
    // A node to which Redis answers late, as on a busy machine, counts a portion by itself.
    const late = many * 0.02
    t.ok(Math.abs(served.length - many) <= late, `${served.length} served`)
    t.equal(answers.filter(({ status }) => status === 429).length, answers.length - served.length)
    const numbers = new Set(served.map(({ headers }) => headers.get('x-ratelimit-remaining')))
    t.ok(numbers.size >= served.length - late, `${numbers.size} of ${served.length} are different`)
  })

  for (const [
    fault, cause,
  ] of [['frozen', redis.freeze], ['away', async () => { redis.thaw(); await redis.kill() }]] as const) {
    await t.test(`are counted by each node while Redis is ${fault}: nothing fails, nothing hangs`, async t => {
      const ada = await createPerson(here)
      await cause()
      const { served, statuses, slowest } = await ask(here, ada, max + 10)
      t.comment({ slowest })
      t.same(statuses.filter(status => status !== 200 && status !== 429), [])
      t.ok(served <= max && served >= max - 2)
      t.ok(slowest < 1_000)
    })
  }

  await t.test('and by all together when it is back', async t => {
    await redis.start()
    for (const node of [here, there]) await until(async () => await redisOf(node) === 'connected')
    const ada = await createPerson(here)
    t.equal((await ask(here, ada, max / 2)).served + (await ask(there, ada, max)).served, max)
  })
})
