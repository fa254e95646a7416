import type { Draft } from './draft.ts'

/** Where messages wait until they are answered, so that they outlive a restart. */
export interface OutboxStore {
  load (): Promise<Draft[]>
  /** Adds a draft, or writes it anew. */
  put (draft: Draft): Promise<void>
  remove (clientMessageId: string): Promise<void>
}

/** Nothing outlives anything. */
export function memoryOutbox (): OutboxStore {
  const drafts = new Map<string, Draft>()
  return {
    load: async () => [...drafts.values()],
    put: async draft => { drafts.set(draft.clientMessageId, draft) },
    remove: async id => { drafts.delete(id) },
  }
}

/** What of the web's Storage is used: `localStorage` is one. */
export interface TextStorage {
  readonly length: number
  key (index: number): string | null
  getItem (key: string): string | null
  setItem (key: string, value: string): void
  removeItem (key: string): void
}

export function storageOutbox (storage: TextStorage, prefix = 'convo-outbox:'): OutboxStore {
  return {
    async load () {
      const keys = Array.from({
        length: storage.length,
      }, (_, i) => storage.key(i)!).filter(key => key.startsWith(prefix))
      return keys.map(key => JSON.parse(storage.getItem(key)!) as Draft)
    },
    async put (draft) { storage.setItem(prefix + draft.clientMessageId, JSON.stringify(draft)) },
    async remove (id) { storage.removeItem(prefix + id) },
  }
}

interface Request<T> {
  result: T
  error: Error | null
  onsuccess: ((event: never) => unknown) | null
  onerror: ((event: never) => unknown) | null
}
interface ObjectStore {
  getAll (): Request<unknown[]>
  put (value: unknown): Request<unknown>
  delete (key: string): Request<unknown>
}
interface Database {
  createObjectStore (name: string, options: { keyPath: string }): unknown
  transaction (name: string, mode: 'readonly' | 'readwrite'): { objectStore (name: string): ObjectStore }
}
/** What of `indexedDB` is used. */
export interface DatabaseFactory {
  open (name: string, version: number): Request<Database> & { onupgradeneeded: ((event: never) => unknown) | null }
}

function answerOf<T> (request: Request<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error!)
  })
}

export function indexedDbOutbox (factory: DatabaseFactory, name = 'convo-outbox'): OutboxStore {
  const table = 'drafts'
  let opened: Promise<Database> | undefined

  function open (): Promise<Database> {
    const request = factory.open(name, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(table, { keyPath: 'clientMessageId' })
    return answerOf(request)
  }

  async function within<T> (mode: 'readonly' | 'readwrite', run: (store: ObjectStore) => Request<T>): Promise<T> {
    const database = await (opened ??= open())
    return answerOf(run(database.transaction(table, mode).objectStore(table)))
  }

  return {
    load: async () => await within('readonly', store => store.getAll()) as Draft[],
    async put (draft) { await within('readwrite', store => store.put(draft)) },
    async remove (id) { await within('readwrite', store => store.delete(id)) },
  }
}
