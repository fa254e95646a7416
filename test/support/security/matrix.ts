/**
 * Who may do what: every operation and event, with every id that it takes, of what kind it may be,
 * and what each hand gets that holds one. Whoever has no token gets a 401, unless it says `open`.
 */
import { idTokenOf } from '../modules/auth.ts'
import type { Hand, Kind, Role } from './world.ts'

export interface Outcome {
  /** Of the error, or OK. */
  code: string
  /** The answer is that to an id that does not exist, to the letter. */
  likeUnknown?: true
  /** It succeeds, and nothing comes of it. */
  inVain?: true
}
type Roles = Record<Role, Outcome>

export interface Entry {
  open?: true
  /** What the call says besides the id. */
  with?: object | ((hand: Hand) => object | Promise<object>)
  /** By parameter, by what its value is the id of. */
  ids?: Record<string, Partial<Record<Kind, Roles>>>
  /** Where no id is taken. */
  roles?: Roles
  /** It ends sessions, so somebody new does it. */
  byNewcomer?: true
}

const ok: Outcome = { code: 'OK' }
const unheard: Outcome = { code: 'OK', inVain: true }
const like = (code: string): Outcome => ({ code, likeUnknown: true })
const unknown = like('NOT_FOUND')
const malformed = like('VALIDATION_FAILED')
const left: Outcome = { ...like('OK'), inVain: true }
const [
  forbidden, invalid, blocked,
] = ['FORBIDDEN', 'VALIDATION_FAILED', 'BLOCKED'].map(code => ({ code })) as [Outcome, Outcome, Outcome]

const all = (outcome: Outcome): Roles =>
  ({ stranger: outcome, former: outcome, blocked: outcome, member: outcome, sender: outcome })
const anyone = all(ok)
const nobody = all(unknown)
const members: Roles = { stranger: unknown, former: unknown, blocked: ok, member: ok, sender: ok }
const senders: Roles = { ...members, blocked: forbidden, member: forbidden }

const conversation = (roles: Roles, others = nobody) =>
  ({ conversation: roles, message: others, user: others, session: others })
const message = (roles: Roles) => ({ message: roles, conversation: nobody, user: nobody, session: nobody })
const group = (roles: Partial<Record<Kind, Roles>>) =>
  ({ ...roles, direct: nobody, message: nobody, user: nobody, session: nobody })

const sending = {
  clientMessageId: { clientMessage: { ...members, blocked: like('BLOCKED') } },
  imageUrl: {
    image: { ...members, blocked },
    imageElsewhere: { ...members, blocked: like('BLOCKED'), member: malformed, sender: malformed },
  },
}

export const operations: Record<string, Entry[]> = {
  'POST /api/v1/auth/google': [
    { open: true, with: async ({ who }) => ({ idToken: await idTokenOf(who.server, who.user.email!) }), roles: anyone },
  ],
  'GET /api/v1/auth/me': [{ roles: anyone }],
  'POST /api/v1/auth/logout': [{ roles: anyone, byNewcomer: true }],
  'GET /api/v1/auth/sessions': [{ ids: { cursor: { session: anyone, user: anyone } } }],
  'DELETE /api/v1/auth/sessions': [{ roles: anyone, byNewcomer: true }],
  'DELETE /api/v1/auth/sessions/{id}': [
    { ids: { id: { session: { ...nobody, sender: ok }, conversation: nobody, message: nobody, user: nobody } } },
  ],

  'GET /api/v1/users': [{ ids: { cursor: { placeByName: anyone, session: all(invalid) } } }],
  'GET /api/v1/users/{id}': [{ ids: { id: { user: anyone, conversation: nobody, message: nobody, session: nobody } } }],
  'PATCH /api/v1/users/me': [{ with: { bio: null }, roles: anyone }],
  'POST /api/v1/users/me/avatar': [{ roles: anyone }],

  'GET /api/v1/conversations': [{ ids: { cursor: { placeByTime: anyone, conversation: all(invalid) } } }],
  'POST /api/v1/conversations': [
    {
      ids: {
        userId: { newcomer: anyone, oneself: all(invalid), conversation: nobody, message: nobody, session: nobody },
      },
    },
  ],
  'GET /api/v1/conversations/{id}': [{
    with: ({ place }) => ({ id: place }),
    ids: {
      id: conversation(members),
      cursor: {
        messageHere: members,
        messageElsewhere: { ...members, blocked: malformed, member: malformed, sender: malformed },
      },
    },
  }, {
    with: { markRead: false },
    ids: { id: conversation(members) },
  }],
  'PATCH /api/v1/conversations/{id}': [
    { with: { isMuted: true }, ids: { id: conversation(members) } },
    {
      with: { isBlocked: false },
      ids: { id: { direct: members, group: { ...members, blocked: unknown, member: invalid, sender: invalid } } },
    },
  ],
  'GET /api/v1/conversations/{id}/messages': [{ ids: { id: conversation(members) } }],
  'POST /api/v1/conversations/{id}/messages': [{
    with: ({ place }) => ({ id: place, text: 'hello' }),
    ids: { id: conversation({ ...members, blocked }), ...sending },
  }],
  'POST /api/v1/messages/{id}/read': [{ ids: { id: message(members) } }],
  'DELETE /api/v1/messages/{id}': [
    { with: { for: 'self' }, ids: { id: message(members) } },
    { with: { for: 'everyone' }, ids: { id: message(senders) } },
  ],
  'GET /api/v1/messages/{id}/reactions': [
    { ids: { id: message(members), cursor: { placeByName: all(invalid), message: all(invalid) } } },
  ],
  'PUT /api/v1/messages/{id}/reactions/{emoji}': [
    { with: { emoji: '👍' }, ids: { id: message({ ...members, blocked }) } },
  ],
  'DELETE /api/v1/messages/{id}/reactions/{emoji}': [
    { with: { emoji: '👍' }, ids: { id: message({ ...members, blocked }) } },
  ],
  'POST /api/v1/upload/image': [{ roles: anyone }],

  'GET /api/v1/groups': [{ ids: { cursor: { placeByName: anyone, group: all(invalid) } } }],
  'POST /api/v1/groups': [{ with: { name: 'Another group' }, roles: anyone }],
  'GET /api/v1/groups/{id}': [{
    with: ({ group }) => ({ id: group }),
    ids: { id: group({ group: anyone }), cursor: { user: anyone, message: anyone } },
  }],
  'POST /api/v1/groups/{id}/join': [{ ids: { id: group({ openGroup: anyone }) } }],
  'POST /api/v1/groups/{id}/leave': [{ ids: { id: group({ openGroup: anyone }) } }],

  // What one is not in has been left, whether it exists or not.
  'POST /api/v1/sync': [
    { ids: { conversations: conversation({ ...members, stranger: left, former: left }, all(left)) } },
  ],
}

export const events: Record<string, Entry[]> = {
  join: [{ ids: { userId: { oneself: anyone, user: all(like('FORBIDDEN')), conversation: all(like('FORBIDDEN')) } } }],
  'conversation:join': [{ ids: { conversationId: conversation(members) } }],
  'conversation:leave': [{ ids: { conversationId: conversation(members) } }],
  'typing:start': [{ ids: { conversationId: conversation({ ...members, blocked: unheard }) } }],
  'typing:stop': [{ ids: { conversationId: conversation(members) } }],
  'message:send': [{
    with: ({ place }) => ({ conversationId: place, text: 'hello' }),
    ids: { conversationId: conversation({ ...members, blocked }), ...sending },
  }],
  'message:read': [{ ids: { messageId: message(members) } }],
}

/** Routes that are not in it, by how they begin, and why. */
export const exempt: Record<string, string> = {
  'GET /': 'the front page is public, and the same to everyone',
  'GET /docs': 'the documentation is public',
  'GET /images': 'browsers load images without a token; who has an address was given it',
  'GET /health': 'load balancers have no token; it tells nothing',
  'GET /api/v1/health': 'the same',
  'GET /dev/google/certs': 'public keys',
  'POST /dev/google/token': 'plays Google, and never in production',
}
