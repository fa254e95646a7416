/** The real side of a run: three people on one server, each with two clients, and what they have said. */
import { deepStrictEqual } from 'node:assert'
import type { Conversation } from '../../../src/modules/conversations/schemas.ts'
import type { Message } from '../../../src/modules/messages/schemas.ts'
import type { Person, TestServer } from '../server.ts'
import { ReferenceClient, toKept, type Kept } from '../reference-client.ts'
import { foreseeConversation, foreseeMessage, Model } from './model.ts'

export interface Member {
  id: string
  /** Another device of theirs, without a memory. */
  person: Person
  /** Lives through events. */
  live: ReferenceClient
  /** Never connects, only calls `/sync`. */
  syncing: ReferenceClient
}

/** By conversation. */
type Shown = Record<string, { version: number, conversation: Conversation, messages: Kept[] }>

/** Whether somebody is online is told by events of its own, and is no part of a conversation's version. */
function withoutPresence (conversation: Conversation): Conversation {
  const { otherUser } = conversation
  return { ...conversation, otherUser: otherUser && { ...otherUser, isOnline: false, lastActive: null } }
}

function shownBy (client: ReferenceClient): Shown {
  return Object.fromEntries([...client.held].map(([id, { version, conversation }]) =>
    [id, { version, conversation: withoutPresence(conversation), messages: client.messagesOf(id) }]))
}

async function fetchAll (person: Person): Promise<Shown> {
  const { conversations } = (await person.get('/conversations?limit=100')).body
  return Object.fromEntries(await Promise.all(conversations.map(async (conversation: Conversation) => {
    const { messages } = (await person.get(`/conversations/${conversation.id}/messages?limit=100`)).body
    return [
      conversation.id,
      { version: conversation.version, conversation: withoutPresence(conversation), messages: messages.map(toKept) },
    ]
  })))
}

function foresee (shown: Shown) {
  return Object.fromEntries(Object.entries(shown).map(([id, { conversation, messages }]) =>
    [id, { conversation: foreseeConversation(conversation), messages: messages.map(foreseeMessage) }]))
}

const nobody = '00000000-0000-7000-8000-000000000000'
/** Stands for a message while there is none. */
const unsent = {
  id: nobody, conversationId: nobody, senderId: nobody, seq: 0, text: 'Hello', clientMessageId: nobody,
} as Message

export class World {
  readonly members: Member[]
  /** The group and two direct conversations. */
  readonly talks: string[] = []
  readonly said: Message[] = []
  readonly model = new Model()
  readonly #server: TestServer

  constructor (server: TestServer, people: Person[]) {
    this.#server = server
    const createClient = ({ token, id }: Person) => new ReferenceClient({ url: server.url, token, userId: id })
    this.members = people.map(
      person => ({ id: person.id, person, live: createClient(person), syncing: createClient(person) })
    )
  }

  /** People who are in no conversation come online and get some. */
  async begin (): Promise<void> {
    const [ada, bob, cat] = this.members.map(({ person }) => person) as [Person, Person, Person]
    for (const { live } of this.members) live.socket.connect()
    this.#add((await ada.post('/groups', { name: 'Chess' })).body.conversation, [ada])
    this.#add(await ada.talkTo(bob), [ada, bob])
    this.#add(await bob.talkTo(cat), [bob, cat])
    await Promise.all(this.members.map(({ syncing }) => syncing.sync()))
  }

  close (): void {
    for (const { live, syncing } of this.members) {
      live.close()
      syncing.close()
    }
  }

  /** Leaves the people as they were: in no conversation, and without a block. */
  async end (): Promise<void> {
    this.close()
    await this.#server.sql('DELETE FROM conversations WHERE id = ANY ($1)', [this.talks])
    const ids = this.members.map(({ id }) => id)
    await this.#server.sql('DELETE FROM blocks WHERE blocker_id = ANY ($1)', [ids])
  }

  #add ({ id, type }: Conversation, members: Person[]): void {
    this.talks.push(id)
    this.model.addConversation(id, type === 'group', members.map(member => member.id))
  }

  /** A message by its place from the end, which goes round. */
  messageAt (place: number): Message {
    return this.said.at(-1 - place % this.said.length) ?? unsent
  }

  note (message: Message): void {
    if (!this.said.some(({ id }) => id === message.id)) this.said.push(message)
  }

  /**
   * Brings everybody online, and waits until they have heard everything. Who was online all the time calls no
   * `/sync` for that.
   */
  async settle (): Promise<void> {
    await Promise.all(this.members.map(async ({ live, syncing }) => {
      live.socket.connect()
      await Promise.all([live.settled(), syncing.sync()])
    }))
  }

  /** Both clients must show what the model says. */
  async compareToModel ({ id, live, syncing }: Member): Promise<void> {
    const expected = this.model.shownTo(id)
    await syncing.sync()
    deepStrictEqual(foresee(shownBy(syncing)), expected)
    if (!live.socket.active) return
    await live.settled()
    deepStrictEqual(foresee(shownBy(live)), expected)
  }

  /**
   * Both clients must show what a fresh look at the server shows, with nothing left to be told; returns what
   * a model can foretell of it.
   */
  async compareToFresh ({ person, live, syncing }: Member) {
    const fresh = await fetchAll(person)
    deepStrictEqual(shownBy(syncing), fresh)
    deepStrictEqual(shownBy(live), fresh)
    deepStrictEqual((await syncing.syncOnce()).changed, [])
    return foresee(fresh)
  }
}
