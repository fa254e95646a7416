/** What people do, for fast-check to choose from. Each command does something, and knows what must be answered. */
import { deepStrictEqual } from 'node:assert'
import fc from 'fast-check'
import type { Message } from '../../../src/modules/messages/schemas.ts'
import type { Answer, Draft, Model } from './model.ts'
import { foresee, read, send, type Reply, type Way } from './requests.ts'
import type { Member, World } from './world.ts'

export interface Command extends fc.AsyncCommand<Model, World> {
  /** Does it and foretells nothing: for when several are done at once. */
  perform (world: World): Promise<Reply | void>
}

/** What fast-check has chosen: numbers, which name somebody or something of whatever world they are tried in. */
interface Choice { who?: number, talk?: number, place?: number }

interface Scene { world: World, member: Member, conversationId: string, message: Message }

/** Who is not chosen is the sender of the message. */
function resolve (world: World, { who, talk = 0, place = 0 }: Choice): Scene {
  const message = world.messageAt(place)
  const sender = world.members.find(({ id }) => id === message.senderId)
  const member = who === undefined ? sender : world.members[who]
  return { world, member: member ?? world.members[0]!, conversationId: world.talks[talk]!, message }
}

/** Commands of one kind, made from choices. */
function define<Chosen extends object> (
  name: string,
  choices: { [Key in keyof Chosen]: fc.Arbitrary<Chosen[Key]> },
  expect: (model: Model, scene: Scene & Chosen) => Answer,
  perform: (scene: Scene & Chosen) => Promise<Reply>
): fc.Arbitrary<Command> {
  return fc.record(choices).map(chosen => {
    const sceneIn = (world: World) => ({ ...chosen as Chosen, ...resolve(world, chosen) })
    return {
      check: () => true,
      async run (model, world) {
        const scene = sceneIn(world)
        const expected = expect(model, scene)
        deepStrictEqual(foresee(await perform(scene)), expected)
      },
      perform: world => perform(sceneIn(world)),
      toString: () => `${name} ${JSON.stringify(chosen)}`,
    }
  })
}

/** Only HTTP tells whether a message is new. */
function expectSent (model: Model, { id }: Member, way: Way, draft: Draft): Answer {
  const answer = model.send(id, draft)
  return way !== 'http' && answer.status === 201 ? { ...answer, status: 200 } : answer
}

async function sendNoted (world: World, member: Member, way: Way, draft: Draft): Promise<Reply> {
  const reply = await send(member, way, draft)
  if (reply.status < 400) world.note(reply.body.message)
  return reply
}

function repetition ({ conversationId, text, clientMessageId }: Message, isOther: boolean): Draft {
  return { conversationId, text: isOther ? 'Something else' : text!, clientMessageId: clientMessageId! }
}

const who = fc.nat(2)
/** Others are refused, or become senders themselves. */
const mostlySender = fc.option(who, { nil: undefined })
const talk = fc.nat(2)
const place = fc.nat(30)
const way = fc.constantFrom<Way[]>('http', 'socket', 'client')
const seldom = fc.nat(2).map(number => number === 2)

const sends = define('send', {
  who, talk, way, text: fc.constantFrom('Hello', 'Yes', 'No'), clientMessageId: fc.uuid(),
},
(model, { member, way, ...draft }) => expectSent(model, member, way, draft),
({ world, member, way, ...draft }) => sendNoted(world, member, way, draft))

const repeats = define('repeat', { who: mostlySender, place, way, isOther: seldom },
  (model, { member, way, message, isOther }) => expectSent(model, member, way, repetition(message, isOther)),
  ({ world, member, way, message, isOther }) => sendNoted(world, member, way, repetition(message, isOther)))

const reads = define('read', { who, place, way },
  (model, { member, message }) => model.read(member.id, message),
  ({ member, way, message }) => read(member, way, message.id))

const opens = define('open', { who, talk },
  (model, { member, conversationId }) => model.open(member.id, conversationId),
  ({ member, conversationId }) => member.person.get(`/conversations/${conversationId}`))

const hides = define('hide', { who, place },
  (model, { member, message }) => model.hide(member.id, message),
  ({ member, message }) => member.person.delete(`/messages/${message.id}?for=self`))

const deletes = define('delete', { who: mostlySender, place },
  (model, { member, message }) => model.deleteForEveryone(member.id, message),
  ({ member, message }) => member.person.delete(`/messages/${message.id}?for=everyone`))

const mutes = define('mute', { who, talk, isMuted: fc.boolean() },
  (model, { member, conversationId, isMuted }) => model.mute(member.id, conversationId, isMuted),
  ({ member, conversationId, isMuted }) => member.person.patch(`/conversations/${conversationId}`, { isMuted }))

const blocks = define('block', { who, talk, isBlocked: seldom },
  (model, { member, conversationId, isBlocked }) => model.block(member.id, conversationId, isBlocked),
  ({ member, conversationId, isBlocked }) => member.person.patch(`/conversations/${conversationId}`, { isBlocked }))

// Without a choice of `talk`, it is the group.
const joins = define('join', { who },
  (model, { member, conversationId }) => model.join(member.id, conversationId),
  ({ member, conversationId }) => member.person.post(`/groups/${conversationId}/join`))

const leaves = define('leave', { who },
  (model, { member, conversationId }) => model.leave(member.id, conversationId),
  ({ member, conversationId }) => member.person.post(`/groups/${conversationId}/leave`))

function defineForClients (
  name: string, perform: (member: Member, world: World) => Promise<void>, run = perform
): fc.Arbitrary<Command> {
  return who.map(who => ({
    check: () => true,
    run: (_model, world) => run(world.members[who]!, world),
    perform: world => perform(world.members[who]!, world),
    toString: () => `${name} {"who":${who}}`,
  }))
}

const departures = defineForClients('go offline', async ({ live }) => { live.socket.disconnect() })
const returns = defineForClients('come back', async ({ live }) => { live.socket.connect() })
const looks = defineForClients('look', ({ syncing }) => syncing.sync(), (member, world) => world.compareToModel(member))

const weighted = (weight: number, arbitrary: fc.Arbitrary<Command>) => ({ weight, arbitrary })

// To shorten a sequence is to leave commands out: simpler ones in their place would be many more tries.
export const command = fc.noShrink(fc.oneof(
  weighted(10, sends), weighted(3, repeats), weighted(4, reads), weighted(2, opens), weighted(3, hides),
  weighted(3, deletes), weighted(1, mutes),
  weighted(2, blocks), weighted(3, joins), weighted(1, leaves), weighted(1, departures), weighted(2, returns),
  weighted(2, looks)
))

type Sequence = Iterable<fc.AsyncCommand<Model, World>>

/**
 * As many commands as asked for, where `fc.commands` draws any number up to that. What fails is shortened all
 * the same.
 */
export class Sequences extends fc.Arbitrary<Sequence> {
  readonly #length: number
  readonly #upToLength: fc.Arbitrary<Sequence>

  constructor (length: number, replayPath?: string) {
    super()
    this.#length = length
    this.#upToLength = fc.commands<Model, World,
    false>([command], { maxCommands: length, size: 'max', ...replayPath !== undefined && { replayPath } })
  }

  override generate (random: fc.Random, bias: number | undefined): fc.Value<Sequence> {
    for (;;) {
      const drawn = this.#upToLength.generate(random, bias)
      // Not `value`: reading that makes a copy, on which shrinking would not see what has run.
      if ([...drawn.value_].length === this.#length) return drawn
    }
  }

  override canShrinkWithoutContext (value: unknown): value is Sequence {
    return this.#upToLength.canShrinkWithoutContext(value)
  }

  override shrink (value: Sequence, context: unknown): fc.Stream<fc.Value<Sequence>> {
    return this.#upToLength.shrink(value, context)
  }
}
