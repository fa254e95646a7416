/** Clients of people on the test server, and a wire between them that can be cut. */
import type { Test } from 'tap'
import {
  createClient, type Chat, type ChatEvents, type ClientOptions, type Clock, type ShownMessage,
} from '../../../client/src/index.ts'
import type { Person, TestServer } from '../server.ts'

/** A connected client that has everything; closed when the test ends. */
export async function connect (
  t: Pick<Test, 'teardown'>, person: Person, options: Partial<ClientOptions> = {}
): Promise<Chat> {
  const chat = await createClient({ url: person.server.url, token: person.token, ...options })
  t.teardown(() => chat.close())
  await chat.online()
  return chat
}

/** Resolves with what is told next, of what fits. */
export function next<Name extends keyof ChatEvents> (chat: Chat, name: Name, fits: (
  ...args: ChatEvents[Name]
) => boolean = () => true): Promise<ChatEvents[Name][0]> {
  return new Promise(resolve => {
    const stop = chat.on(name, (...args) => {
      if (!fits(...args)) return
      stop()
      resolve(args[0])
    })
  })
}

/** Resolves when it shows something, at once if it does already. */
export async function shows (chat: Chat, holds: () => boolean): Promise<void> {
  while (!holds()) await next(chat, 'change')
}

export const messagesOf = (chat: Chat, id: string): readonly ShownMessage[] => chat.conversation(id)?.messages ?? []
export const textsOf = (chat: Chat, id: string) =>
  messagesOf(chat, id).map(message => message.status === 'deleted' ? null : message.text)
export const seqsOf = (chat: Chat, id: string) => messagesOf(chat, id).map(({ seq }) => seq)
export const upTo = (count: number, from = 1) => Array.from({ length: count - from + 1 }, (_, i) => from + i)

/** Two people in a direct conversation. */
export async function openPair (server: TestServer): Promise<{ ada: Person, bob: Person, id: string }> {
  const [ada, bob] = await server.signInMany(2) as [Person, Person]
  return { ada, bob, id: (await ada.talkTo(bob)).id }
}

/** Messages that nobody is told of. */
export async function fill (server: TestServer, id: string, sender: Person, count: number): Promise<void> {
  await server.sql(`
    WITH c AS (
      UPDATE conversations SET last_seq = last_seq + $3::int, version = version + $3::int
      WHERE id = $1 RETURNING *
    )
    INSERT INTO messages (id, conversation_id, sender_id, seq, version, text)
    SELECT gen_random_uuid(), id, $2, last_seq - $3::int + n, version - $3::int + n, 'n'
    FROM c, generate_series(1, $3::int) n`, [id, sender.id, count])
}

/** The calls of `/sync`, and of pages of messages, are counted; answers may be changed. */
export function watch (change: (path: string, body: any) => any = (_path, body) => body) {
  const paths: string[] = []
  return {
    paths,
    fetch: (async (input, init) => {
      const path = String(input).split('/api/v1')[1]!
      paths.push(path)
      const response = await fetch(input, init)
      return new Response(JSON.stringify(change(path, await response.json())), response)
    }) as typeof fetch,
  }
}

/** A time that passes when it is told to. */
export class FakeClock implements Clock {
  #now = 1_000_000
  #timers: Array<{ at: number, run: () => void }> = []

  now (): number { return this.#now }
  random (): number { return 1 }

  after (ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run }
    this.#timers.push(timer)
    return () => { this.#timers = this.#timers.filter(other => other !== timer) }
  }

  /** Lets timers run in their order. */
  pass (ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      this.#timers = this.#timers.filter(other => other !== due)
      this.#now = Math.max(this.#now, due.at)
      due.run()
    }
    this.#now = end
  }

  /** Nothing runs while the device sleeps; what was due runs late. */
  sleep (ms: number): void {
    this.#now += ms
    this.pass(0)
  }

  get waiting (): number { return this.#timers.length }
  /** When the next timer is due, from now. */
  get next (): number { return Math.min(...this.#timers.map(({ at }) => at)) - this.#now }
}
