import t from 'tap'
import {
  indexedDbOutbox, memoryOutbox, storageOutbox, type DatabaseFactory, type Draft, type OutboxStore, type TextStorage,
} from '../../client/src/index.ts'

function createStorage (): TextStorage {
  const items = new Map<string, string>([['of something else', '{}']])
  return {
    get length () { return items.size },
    key: index => [...items.keys()][index] ?? null,
    getItem: key => items.get(key) ?? null,
    setItem: (key, value) => { items.set(key, value) },
    removeItem: key => { items.delete(key) },
  }
}

/** As much of IndexedDB as is used; the browser's own is used in browser.test.ts. */
function createDatabases (): DatabaseFactory & { break (): void } {
  const tables = new Map<string, Map<string, unknown>>()
  let isBroken = false
  function answer<T> (result: T) {
    const request = {
      result,
      error: new Error('broken'),
      onsuccess: null as (() => void) | null,
      onerror: null as (() => void) | null,
      onupgradeneeded: null as (() => void) | null,
    }
    queueMicrotask(() => {
      request.onupgradeneeded?.()
      if (isBroken) request.onerror!()
      else request.onsuccess!()
    })
    return request
  }
  return {
    break () { isBroken = true },
    open: () => answer({
      createObjectStore: name => tables.has(name) || tables.set(name, new Map()),
      transaction: name => ({
        objectStore () {
          const rows = tables.get(name)!
          return {
            getAll: () => answer([...rows.values()]),
            put: value => answer(rows.set((value as Draft).clientMessageId, value)),
            delete: key => answer(rows.delete(key)),
          }
        },
      }),
    }),
  }
}

const draftOf = (clientMessageId: string): Draft =>
  ({ clientMessageId, conversationId: 'c', senderId: 'ada', text: 'Hello', createdAt: '2026-01-01T00:00:00.000Z' })

/** Those that outlive a restart are asked again by another one on the same ground. */
const [storage, databases] = [createStorage(), createDatabases()]
const memory = memoryOutbox()
const stores: Record<string, () => OutboxStore> = {
  memory: () => memory,
  storage: () => storageOutbox(storage),
  IndexedDB: () => indexedDbOutbox(databases),
}

for (const [name, open] of Object.entries(stores)) {
  t.test(`${name} keeps drafts until they are removed`, async t => {
    const store = open()
    t.same(await store.load(), [])
    await store.put(draftOf('1'))
    await store.put(draftOf('2'))
    await store.put({ ...draftOf('1'), error: { statusCode: 403, code: 'BLOCKED', message: 'no' } })
    await store.remove('2')
    await store.remove('3')
    t.match(await open().load(), [{ ...draftOf('1'), error: { code: 'BLOCKED' } }])
  })
}

t.test('a database that fails says so', async t => {
  databases.break()
  await t.rejects(indexedDbOutbox(databases).load(), /broken/)
})
