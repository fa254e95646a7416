/** A server with people who have something to lose, and the words by which it can be reached. */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import type { Test } from 'tap'
import { inlined } from '../description.ts'
import { call, createDatabase, createDataDir } from '../server.ts'
import { ask, signUp } from '../faults/load.ts'
import { readToken } from '../modules/auth.ts'
import { signInAt, spawnServer, type ServerProcess, type SpawnOptions } from '../server-process.ts'
import type { Account } from '../reference-client.ts'
import { encodeCursor } from '../../../src/lib/cursor.ts'
import { arbitraryOf, type Words } from './arbitrary.ts'
import { picture } from './forms.ts'
import { seed } from './settings.ts'

export interface World {
  server: ServerProcess
  url: string
  people: Account[]
  /** The description of every call, as clients find it. */
  document: any
  /** For what stands in the address or payload of something, by the first word of a path. */
  wordsOf: (path: string) => Words
  /** A token of somebody whose sessions may end, by that operation. */
  leave: (by: string) => Promise<string>
  /** Brings everybody back to where most was said. */
  gather: () => Promise<unknown>
}

/** Tokens as Google gives them, of people with names that nobody has. */
async function oddTokens (url: string, document: any, count: number): Promise<string[]> {
  const { schema } = document.paths['/dev/google/token'].post.requestBody.content['application/json']
  const people = fc.sample(arbitraryOf(schema), { seed, numRuns: count })
  return Promise.all(people.map(async json => (await call(`${url}/dev/google/token`, 'POST', { json })).body.idToken))
}

const id = '01980000-0000-7000-8000-00000000000a'

/** For cursors that look like ours. */
const oddKeys = [
  ['', id], ['a', id], ['\0', id], ['\ud800', id], ['😀'.repeat(90), id], ['%', 'x'], ['a', `${id}\0`], [id, 'a'], [],
  ['a'], ['a', id, id], ['infinity', id], ['-infinity', id], ['now', id], ['epoch', id],
  ...[
    '2026-11-23T12:00:00.000Z', '2026-11-23 12:00:00+00', '2026-13-45T12:00:00.000Z', '0000-00-00T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z', '+275760-09-13T00:00:00.000Z', '-271821-04-20T00:00:00.000Z', '4714-11-24 00:00:00 BC',
    '2026-11-23T12:00:00.000000Z',
  ].map(time => [time, id]),
]

async function uploadImage ({ url, token }: Account): Promise<{ imageUrl: string }> {
  const form = new FormData()
  form.append('image', new Blob([Buffer.from(picture)]), 'a.png')
  return (await call(`${url}/api/v1/upload/image`, 'POST', { token, body: form })).body
}

export async function createWorld (t: Pick<Test, 'teardown'>, options: SpawnOptions = {}): Promise<World> {
  const server = spawnServer(t, {
    DATABASE_URL: await createDatabase(t), DATA_DIR: await createDataDir(t),
  }, { isCovered: false, ...options })
  const url = await server.ready()
  const people = await Promise.all(['ada', 'bob', 'cat', 'dan'].map(name => signUp(url, name)))
  const [ada, bob, cat, dan] = people as [Account, Account, Account, Account]
  const document = inlined((await call(`${url}/docs/openapi.json`, 'GET')).body)

  const post = async (person: Account, path: string, json?: object) => (await ask(person, 'POST', path, json)).body
  const direct = await Promise.all([[ada, bob], [ada, cat], [bob, dan]].map(async ([one, other]) =>
    (await post(one!, '/conversations', { userId: other!.userId })).conversation.id))
  const groups = await Promise.all(
    [ada, cat].map(async person => (await post(person, '/groups', { name: 'Club' })).group.id)
  )
  const gather = () => Promise.all(people.map(person => post(person, `/groups/${groups[0]}/join`)))
  await gather()
  const conversations: string[] = [...direct, ...groups]
  const messages: string[] = []
  for (const [person, places] of [[ada, [0, 1, 3]], [bob, [0, 2, 3]], [cat, [1, 3, 4]]] as const) {
    for (const place of [...places, ...places]) {
      messages.push(
        (await post(person, `/conversations/${conversations[place]}/messages`, { text: 'Hello' })).message.id
      )
    }
  }
  const cursors: string[] = await Promise.all(['/users', '/conversations', '/groups'].map(async path =>
    (await ask(ada, 'GET', `${path}?limit=1`)).body.nextCursor))
  const [userCursor, conversationCursor, groupCursor] = cursors as [string, string, string]
  const forged = oddKeys.map(encodeCursor)
  const { imageUrl } = await uploadImage(ada)
  const common = {
    userId: people.map(({ userId }) => userId),
    // Where everybody is, most is to be found.
    conversationId: [...conversations, ...Array.from(conversations, () => groups[0])],
    messageId: messages,
    clientMessageId: Array.from({ length: 100 }, () => randomUUID()),
    imageUrl: [imageUrl],
    idToken: await oddTokens(url, document, 12),
  }
  // One way out must not close another's.
  const leave = (by: string) => signInAt(url, `${by}@example.com`)
  const first = await leave('endSession')
  const others = await Promise.all(Array.from({ length: 7 }, () => leave('endSession')))
  const auth = [first, ...others].map(token => readToken(token)[1].jti)
  const idsByPath: Record<string, string[]> = {
    users: common.userId, conversations: common.conversationId, messages, groups, auth,
  }
  const orForged = (cursors: string[]) => [...Array.from(forged, () => cursors).flat(), ...forged]
  const cursorsByPath: Record<string, string[]> = {
    '/users': orForged([userCursor]),
    '/conversations': orForged([conversationCursor]),
    '/conversations/{id}': messages,
    '/groups': orForged([groupCursor]),
    '/groups/{id}': common.userId,
  }
  return {
    server,
    url,
    people,
    document,
    wordsOf (path) {
      const own = path.replace('/api/v1', '')
      return { ...common, id: idsByPath[own.split('/')[1]!] ?? conversations, cursor: cursorsByPath[own] ?? forged }
    },
    leave,
    gather,
  }
}
