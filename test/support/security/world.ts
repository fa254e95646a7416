/** People, what they have with each other, and ids to hold in their hands. */
import { randomUUID } from 'node:crypto'
import { encodeCursor } from '../../../src/lib/cursor.ts'
import type { Person } from '../server.ts'
import type { Listener } from '../listener.ts'
import type { TestServer } from '../server.ts'
import { readToken } from '../modules/auth.ts'

/** What somebody is to that which an id names. */
export type Role = 'stranger' | 'former' | 'blocked' | 'member' | 'sender'
export const roles: Role[] = ['stranger', 'former', 'blocked', 'member', 'sender']

/** Somebody with an id. */
export interface Hand {
  role: Role
  who: Person
  value: string
  /** One of the same kind that does not exist. */
  unknown: string
  /** The conversation that it is about. */
  place: string
  group: string
}

export type Kind = 'conversation' | 'direct' | 'group' | 'openGroup' | 'message' | 'messageHere' | 'messageElsewhere'
  | 'clientMessage' | 'user' | 'oneself' | 'newcomer' | 'session' | 'image' | 'imageElsewhere' | 'placeByName'
  | 'placeByTime'

/** Kinds of which one is as good as another, wherever it is held. */
const placeless: Kind[] = ['openGroup', 'user', 'oneself', 'newcomer', 'session', 'placeByName', 'placeByTime']

export const sessionOf = ({ token }: Person): string => readToken(token)[1].jti

export const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'
)

export async function createWorld (server: TestServer) {
  const signIn = async (name: string) => server.signIn(name, `${name}@example.com`)
  const [ada, bob, dan, eve, fay, zoe, yan] = [
    await signIn('ada'), await signIn('bob'), await signIn('dan'), await signIn('eve'), await signIn('fay'),
    await signIn('zoe'), await signIn('yan'),
  ]
  const people = [ada, bob, dan, eve, fay, zoe, yan]
  const ears = new Map<Person, Listener>()
  for (const person of people) ears.set(person, await person.connect())

  // What is said in a conversation names it, so that it is recognised wherever it turns up.
  const scene = async (name: string, id: string, members: Person[]) => {
    const said = `only for ${name}`
    const first = await members[0]!.say(id, said, randomUUID())
    return { name, id, said, members, first, isGroup: name === 'group' }
  }
  const found = async (founder: Person) =>
    (await founder.post('/groups', { name: `Group of ${founder.user.name}` })).body.group.id as string
  const groupId = await found(ada)
  await bob.post(`/groups/${groupId}/join`)
  await fay.post(`/groups/${groupId}/join`)
  await fay.post(`/groups/${groupId}/leave`)
  const direct = await scene('direct', (await ada.talkTo(bob)).id, [ada, bob])
  const group = await scene('group', groupId, [ada, bob])
  const blockade = await scene('blockade', (await ada.talkTo(dan)).id, [ada, dan])
  await ada.patch(`/conversations/${blockade.id}`, { isBlocked: true })
  const elsewhere = await scene('elsewhere', (await zoe.talkTo(yan)).id, [zoe, yan])
  const scenes = [direct, group, blockade, elsewhere]
  type Scene = typeof direct

  const positions: Record<Role, Array<[Person, Scene]>> = {
    stranger: [
      [eve, direct], [eve, group], [eve, blockade], [fay, direct], [dan, direct], [dan, group], [bob, blockade],
    ],
    former: [[fay, group]],
    blocked: [[dan, blockade]],
    member: [[bob, direct], [bob, group]],
    sender: [[ada, direct], [ada, group]],
  }

  const image: string = (await zoe.upload('/upload/image', 'image', png)).body.imageUrl
  const someImage = () => image.replace(/[^/]+(?=\.\w+$)/, randomUUID())
  /** One more of Ada's messages there; where nobody can send, the one that was. */
  const message = async ({ id, said, first }: Scene) => id === blockade.id ? first : ada.say(id, said)

  type Make = (who: Person, scene: Scene, role: Role) => string | Promise<string>
  const kinds: Record<Kind, Make> = {
    conversation: (_who, { id }) => id,
    direct: (_who, { id }) => id,
    group: () => group.id,
    openGroup: () => found(zoe),
    message: async (_who, scene) => (await message(scene)).id,
    messageHere: (_who, { first }) => first.id,
    messageElsewhere: (_who, { id }, role) => (role === 'member' && id === direct.id ? group : elsewhere).first.id,
    clientMessage: async (who, { id, first }) =>
      who === ada ? (await bob.say(id, 'hello', randomUUID())).clientMessageId! : first.clientMessageId!,
    user: who => (who === ada ? bob : ada).id,
    oneself: who => who.id,
    newcomer: async () => (await server.signIn()).id,
    session: async (who, _scene, role) => sessionOf(role === 'sender' ? await signIn(who.user.name) : ada),
    image: () => image,
    imageElsewhere: () => 'https://example.com/a.webp',
    placeByName: (_who, { id }) => encodeCursor(['m', id]),
    placeByTime: (_who, { id }) => encodeCursor([new Date().toISOString(), id]),
  }
  const unknownOf: Partial<Record<Kind, () => string>> = { image: someImage, imageElsewhere: someImage }

  return {
    people,
    ears,
    scenes,
    group,
    fay,
    /** All who hold something of that kind, by what they are to it. */
    async hands (kind: Kind | undefined, role: Role): Promise<Hand[]> {
      const fits = ({ isGroup }: Scene) =>
        kind === 'direct' ? !isGroup : kind === 'group' ? isGroup || role === 'blocked' : true
      const all = positions[role].filter(([, scene]) => fits(scene))
      const hands = (kind === undefined || placeless.includes(kind) ? all.slice(0, 1) : all).map(async (
        [who, scene]
      ): Promise<Hand> => ({
        role,
        who,
        value: kind === undefined ? '' : await kinds[kind](who, scene, role),
        unknown: kind === undefined ? '' : unknownOf[kind]?.() ?? randomUUID(),
        place: scene.id,
        group: group.id,
      }))
      return Promise.all(hands)
    },
    /** What somebody must never be told: what others say, in which conversations; how they sign in. */
    secretsFor (person: Person): string[] {
      const others = people.filter(({ id }) => id !== person.id)
      const foreign = scenes.filter(({ members }) => members.every(({ id }) => id !== person.id))
      return [
        ...foreign.map(({ said }) => said),
        ...foreign.filter(({ isGroup }) => !isGroup).map(({ id }) => id),
        ...others.flatMap(other => [other.user.email!, sessionOf(other)]),
      ]
    },
    /** All rows, but for what being here changes. */
    async rows (): Promise<string[]> {
      const tables = ['users', 'sessions', 'conversations', 'participants', 'messages', 'hidden_messages', 'images']
      const changing = "ARRAY['is_online', 'last_active', 'last_used_at']"
      const all = tables.map(table => `SELECT '${table} ' || (to_jsonb(t) - ${changing})::text AS row FROM ${table} t`)
      return (await server.sql(`${all.join(' UNION ALL ')} ORDER BY row`)).map(({ row }) => row)
    },
    /**
     * Once all that the server has told so far is heard: everything that was, apart from presence, which
     * comes when it comes.
     */
    async heard (): Promise<Array<{ name: string, payload: unknown }>> {
      await Promise.all(Array.from(ears, ([person, ear]) => ear.ask('join', { userId: person.id })))
      return [...ears.values()].flatMap(ear => ear.heard).filter(({ name }) => !/^user:(online|offline)$/.test(name))
    },
  }
}

export type World = Awaited<ReturnType<typeof createWorld>>
