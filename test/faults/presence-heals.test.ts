import pg from 'pg'
import t, { type Test } from 'tap'
import type { Listener } from '../support/listener.ts'
import { call, createDatabase, createDataDir, until } from '../support/server.ts'
import type { Account } from '../support/reference-client.ts'
import { spawnServer } from '../support/server-process.ts'
import { createWire } from '../support/wire.ts'
import { isFull } from '../support/faults/cluster.ts'
import { ask, listen, signUp } from '../support/faults/load.ts'

const crowd = isFull ? 100 : 5

type Teardown = Pick<Test, 'teardown'>

async function startNode (t: Teardown, databaseUrl: string) {
  const server = spawnServer(t, {
    DATABASE_URL: databaseUrl, DATA_DIR: await createDataDir(t), JWT_SECRET: 'of all nodes'.repeat(3),
  }, { isCovered: false })
  return { ...server, url: await server.ready() }
}

let people = 0
const signUpNew = (url: string) => signUp(url, `person${people++}`)

/** Somebody, and people who have a direct conversation with them. */
async function meet (url: string, count: number): Promise<{ contact: Account, others: Account[] }> {
  const contact = await signUpNew(url)
  const others: Account[] = []
  for (let i = 0; i < count; i++) {
    const other = await signUpNew(url)
    await ask(contact, 'POST', '/conversations', { userId: other.userId })
    others.push(other)
  }
  return { contact, others }
}

async function countOnline (databaseUrl: string, accounts: Account[]): Promise<number> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  const { rowCount } = await client.query(
    'SELECT FROM users WHERE is_online AND id = ANY($1)', [accounts.map(({ userId }) => userId)]
  )
  await client.end()
  return rowCount!
}

async function comeOnline (t: Teardown, databaseUrl: string, accounts: Account[]): Promise<void> {
  for (const account of accounts) await listen(t, account)
  await until(async () => await countOnline(databaseUrl, accounts) === accounts.length)
}

/** Of each of these people one of their contact's ears hears that they are gone, 30 s after the kill at most. */
async function checkGone (
  t: Test, databaseUrl: string, accounts: Account[], ears: Listener[], killed = Date.now()
): Promise<void> {
  for (const { userId } of accounts) {
    await Promise.any(ears.map(ear => ear.next('user:offline', event => event.userId === userId, 30_000)))
  }
  t.comment(`${accounts.length} people offline ${Date.now() - killed} ms after kill -9`)
  t.ok(Date.now() - killed < 30_000)
  t.equal(await countOnline(databaseUrl, accounts), 0)
}

t.test('presence waits for real seconds, so its faults happen side by side', { jobs: 4 }, async t => {
  const databaseUrl = await createDatabase(t)
  const [first, second] = await Promise.all([startNode(t, databaseUrl), startNode(t, databaseUrl)])

  await Promise.all([
    t.test('when a server is killed, another one says within 30 s that its people are gone', async t => {
      const doomed = await startNode(t, databaseUrl)
      const { contact, others } = await meet(doomed.url, crowd)
      await comeOnline(t, databaseUrl, others)
      const ears = await Promise.all([first, second].map(({ url }) => listen(t, { ...contact, url })))
      doomed.child.kill('SIGKILL')
      await checkGone(t, databaseUrl, others, ears)
    }),

    t.test('when the only server is killed, it says so after its restart', async t => {
      const databaseUrl = await createDatabase(t)
      const doomed = await startNode(t, databaseUrl)
      const { contact, others } = await meet(doomed.url, crowd)
      await comeOnline(t, databaseUrl, others)
      doomed.child.kill('SIGKILL')
      const killed = Date.now()
      const { url } = await startNode(t, databaseUrl)
      await checkGone(t, databaseUrl, others, [await listen(t, { ...contact, url })], killed)
    }),

    t.test('whose connection falls silent is gone within 45 s', async t => {
      const handshake = await (await fetch(`${first.url}/socket.io/?EIO=4&transport=polling`)).text()
      const { pingInterval, pingTimeout } = JSON.parse(handshake.slice(1))
      t.ok(pingInterval + pingTimeout < 45_000)
      if (!isFull) return

      const { contact, others } = await meet(first.url, crowd)
      const wire = await createWire(t, first.url)
      await comeOnline(t, databaseUrl, others.map(other => ({ ...other, url: wire.url })))
      const ear = await listen(t, contact)
      wire.silence()
      const silenced = Date.now()
      for (const { userId } of others) await ear.next('user:offline', event => event.userId === userId, 60_000)
      t.comment(`${others.length} people offline ${Date.now() - silenced} ms after their connections fell silent`)
      // Without a socket one counts as online for 5 s more.
      t.ok(Date.now() - silenced < 50_000)
      t.equal(await countOnline(databaseUrl, others), 0)
    }),

    t.test('who has two devices, one of which comes and goes, does not flicker', async t => {
      const { contact, others } = await meet(first.url, 2)
      const [ada, cat] = others as [Account, Account]
      const ears = await Promise.all([first, second].map(({ url }) => listen(t, { ...contact, url })))
      const phone = await listen(t, ada)
      await ears[0]!.next('user:online', ({ userId }) => userId === ada.userId)

      const come = async () => Promise.all([ada, cat].map(account => listen(t, { ...account, url: second.url })))
      for (let round = 1; round <= (isFull ? 6 : 2); round++) {
        for (let i = 0; i < 5; i++) for (const { socket } of await come()) socket.disconnect()
        // Whoever has no other device is offline by then.
        const isThrough = () =>
          ears[1]!.all('user:offline').filter(({ userId }) => userId === cat.userId).length === round
        await ears[1]!.next('user:offline', isThrough)
      }
      const about = ears.map(
        ear => ear.heard.filter(({ name, payload }) => name.startsWith('user:') && payload.userId === ada.userId)
          .map(({ name }) => name)
      )
      t.same(about, [['user:online'], []])

      phone.socket.disconnect()
      await ears[0]!.next('user:offline', ({ userId }) => userId === ada.userId)
    }),
  ])

  await t.test('the servers that were left are well', async t => {
    for (const server of [first, second]) {
      t.notMatch(server.log(), /"level":[56]0/)
      t.equal((await call(`${server.url}/health`, 'GET')).status, 200)
      t.equal((await server.stop()).code, 0)
    }
  })
})
