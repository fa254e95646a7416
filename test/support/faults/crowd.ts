/** Many people who write to each other as fast as they are answered, and whose history is kept. */
import { randomUUID } from 'node:crypto'
import { createChooser } from '../chooser.ts'
import { call } from '../server.ts'
import { ReferenceClient, type Account } from '../reference-client.ts'
import { signInAt } from '../server-process.ts'
import type { Entry, Reader, Row } from './history.ts'

export interface CrowdSize {
  writers: number
  /** Who are in all groups and only listen. */
  listeners: number
  /** Half of them groups, among which the writers are divided; the others between two writers. */
  conversations: number
}

interface Member extends Reader { account: Account, client: ReferenceClient, conversationIds: string[] }

export class Crowd {
  readonly history: Entry[] = []
  readonly members: Member[] = []
  readonly #writers: Member[] = []
  readonly #clients: ReferenceClient[] = []
  readonly #chooser: ReturnType<typeof createChooser>
  #isWriting = false
  acknowledged = 0

  constructor (seed: number) {
    this.#chooser = createChooser(seed)
  }

  /** Signs everybody in, opens the conversations and connects. */
  async gather (url: string, { writers, listeners, conversations }: CrowdSize): Promise<void> {
    for (let i = 0; i < writers + listeners; i++) this.members.push(await this.#signIn(url, `person ${i}`))
    this.#writers.push(...this.members.slice(0, writers))
    const groups = Math.ceil(conversations / 2)
    for (let i = 0; i < groups; i++) {
      await this.#openGroup(this.members.filter((_, n) => n >= writers || n % groups === i))
    }
    for (let i = 0; i < conversations - groups; i++) {
      await this.#openDirect(this.#writers[2 * i]!, this.#writers[2 * i + 1]!)
    }
    await Promise.all(this.members.map(({ client }) => client.connect()))
  }

  async #signIn (url: string, name: string): Promise<Member> {
    const token = await signInAt(url, `${name.replace(' ', '-')}@example.com`)
    const { id: userId } = (await call(`${url}/api/v1/auth/me`, 'GET', { token })).body.user
    const account = { url, token, userId }
    return this.#listen(name, account, [])
  }

  #listen (name: string, account: Account, conversationIds: string[]): Member {
    const client = new ReferenceClient(account)
    this.#clients.push(client)
    client.socket.on('message:new', ({ message: { id, conversationId, seq, text } }) => {
      this.history.push({ kind: 'heard', reader: name, message: { id, conversationId, seq, text } })
    })
    return { name, account, client, conversationIds, messagesOf: id => client.messagesOf(id) }
  }

  async #openDirect (one: Member, other: Member): Promise<void> {
    const { conversation } = await one.client.chat.api.openDirectConversation({ userId: other.account.userId })
    for (const { conversationIds } of [one, other]) conversationIds.push(conversation.id)
  }

  async #openGroup (members: Member[]): Promise<void> {
    const { group } = await members[0]!.client.chat.api.createGroup({ name: 'Crowd' })
    for (const { client, conversationIds } of members) {
      await client.chat.api.joinGroup({ id: group.id })
      conversationIds.push(group.id)
    }
  }

  /** Writes until `stop` is called; resolves when the last send is answered. */
  async write (): Promise<void> {
    this.#isWriting = true
    await Promise.all(this.#writers.map(async (writer, n) => {
      // Half of the writers begin with the socket, then everyone takes turns.
      for (let i = n; this.#isWriting; i++) await this.#say(writer, `${i} of ${writer.name}`, i % 2 === 0)
    })).catch(error => { if (this.#isWriting) throw error })
  }

  stop (): void {
    this.#isWriting = false
  }

  async #say ({
    client, account: { userId: senderId }, conversationIds,
  }: Member, text: string, isLive: boolean): Promise<void> {
    const conversationId = this.#chooser.oneOf(conversationIds)
    const clientMessageId = randomUUID()
    this.history.push({ kind: 'invoked', send: { senderId, conversationId, clientMessageId, text } })
    const { id, seq, ...message } = await client[isLive ? 'sendLive' : 'send'](conversationId, text, clientMessageId)
    this.history.push({
      kind: 'acknowledged',
      clientMessageId,
      message: { id, conversationId: message.conversationId, seq, text: message.text },
    })
    this.acknowledged++
  }

  /** Who does not hold the newest message, or an older one, of a conversation. */
  behind (rows: Row[]): string[] {
    const counts = new Map([...Map.groupBy(rows, row => row.conversationId)].map(([id, rows]) => [id, rows.length]))
    return this.members.filter(
      ({ client, conversationIds }) =>
        conversationIds.some(id => (client.held.get(id)?.timeline.messages.length ?? 0) !== (counts.get(id) ?? 0))
    ).map(({ name }) => name)
  }

  /** Some people again, each with a device that knows nothing yet and fetches it all. */
  async newDevices (count: number): Promise<Reader[]> {
    return Promise.all(this.members.slice(-count).map(async ({ name, account, conversationIds }) => {
      const device = this.#listen(`another device of ${name}`, account, conversationIds)
      await device.client.connect()
      for (const id of conversationIds) await device.client.loadHistory(id)
      return device
    }))
  }

  get syncs (): number {
    return this.#clients.reduce((sum, { syncs }) => sum + syncs, 0)
  }

  close (): void {
    this.stop()
    for (const client of this.#clients) client.close()
  }
}
