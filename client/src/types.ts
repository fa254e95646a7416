// Written by npm run client:types from what the server says of itself; do not edit.

/** Every call of the API: its method and path. */
export const operations = {
  getHealth: 'GET /api/v1/health',
  getReadiness: 'GET /api/v1/health/ready',
  signIn: 'POST /api/v1/auth/google',
  signOut: 'POST /api/v1/auth/logout',
  getMe: 'GET /api/v1/auth/me',
  listSessions: 'GET /api/v1/auth/sessions',
  endOtherSessions: 'DELETE /api/v1/auth/sessions',
  endSession: 'DELETE /api/v1/auth/sessions/{id}',
  listUsers: 'GET /api/v1/users',
  getUser: 'GET /api/v1/users/{id}',
  updateMe: 'PATCH /api/v1/users/me',
  uploadAvatar: 'POST /api/v1/users/me/avatar',
  listConversations: 'GET /api/v1/conversations',
  openDirectConversation: 'POST /api/v1/conversations',
  openConversation: 'GET /api/v1/conversations/{id}',
  updateConversation: 'PATCH /api/v1/conversations/{id}',
  listMessages: 'GET /api/v1/conversations/{id}/messages',
  sendMessage: 'POST /api/v1/conversations/{id}/messages',
  readMessage: 'POST /api/v1/messages/{id}/read',
  deleteMessage: 'DELETE /api/v1/messages/{id}',
  listReactions: 'GET /api/v1/messages/{id}/reactions',
  addReaction: 'PUT /api/v1/messages/{id}/reactions/{emoji}',
  removeReaction: 'DELETE /api/v1/messages/{id}/reactions/{emoji}',
  uploadImage: 'POST /api/v1/upload/image',
  listGroups: 'GET /api/v1/groups',
  createGroup: 'POST /api/v1/groups',
  getGroup: 'GET /api/v1/groups/{id}',
  joinGroup: 'POST /api/v1/groups/{id}/join',
  leaveGroup: 'POST /api/v1/groups/{id}/leave',
  sync: 'POST /api/v1/sync',
} as const

/**
 * A message, or of a deleted one only what is required here.
 */
export type ChangedMessage = Tombstone & MessageContent

export interface Shapes {
  operations: Operations
  serverEvents: ServerEvents
  clientEvents: ClientEvents
}
export interface Operations {
  getHealth: {
    input: {}
    answer: Health
  }
  getReadiness: {
    input: {}
    answer: Ready
  }
  signIn: {
    input: IdToken
    answer: SignedIn
  }
  signOut: {
    input: {}
    answer: Success
  }
  getMe: {
    input: {}
    answer: MeResponse
  }
  listSessions: {
    input: {
      /**
       * How many to return.
       */
      limit?: number
      /**
       * The `nextCursor` of the page before.
       */
      cursor?: string
    }
    answer: SessionsResponse
  }
  endOtherSessions: {
    input: {}
    answer: Success
  }
  endSession: {
    input: {
      /**
       * Of what the address names.
       */
      id: string
    }
    answer: Success
  }
  listUsers: {
    input: {
      /**
       * Parts of a name, in any order. Case, accents and such do not matter.
       */
      search?: string
      /**
       * How many to return.
       */
      limit?: number
      /**
       * The `nextCursor` of the page before.
       */
      cursor?: string
    }
    answer: UsersResponse
  }
  getUser: {
    input: {
      /**
       * Of what the address names.
       */
      id: string
    }
    answer: UserResponse
  }
  updateMe: {
    input: Profile
    answer: MeResponse
  }
  uploadAvatar: {
    input: {
      avatar: Blob
    }
    answer: AvatarUploaded
  }
  listConversations: {
    input: {
      /**
       * How many to return.
       */
      limit?: number
      /**
       * The `nextCursor` of the page before.
       */
      cursor?: string
    }
    answer: ConversationsResponse
  }
  openDirectConversation: {
    input: OpenDirect
    answer: OpenedDirect
  }
  openConversation: {
    input: {
      /**
       * How many to return.
       */
      limit?: number
      /**
       * The id of the oldest message seen.
       */
      cursor?: string
      /**
       * Without a cursor, whether looking counts as reading.
       */
      markRead?: boolean
      /**
       * Of what the address names.
       */
      id: string
    }
    answer: OpenedConversation
  }
  updateConversation: {
    input: {
      /**
       * Of what the address names.
       */
      id: string
      isMuted?: boolean
      /**
       * In direct conversations only.
       */
      isBlocked?: boolean
    }
    answer: ConversationResponse
  }
  listMessages: {
    input: {
      /**
       * Only messages with a higher number.
       */
      afterSeq?: number
      /**
       * Only messages with a lower number.
       */
      beforeSeq?: number
      /**
       * How many to return.
       */
      limit?: number
      /**
       * Of what the address names.
       */
      id: string
    }
    answer: MessagesResponse
  }
  sendMessage: {
    input: {
      /**
       * Of what the address names.
       */
      id: string
      /**
       * With something to see in it: more than spaces, and what is of no width.
       */
      text?: string
      /**
       * From `POST /upload/image`.
       */
      imageUrl?: string
      /**
       * Makes sending repeatable: the same id again answers with the first message.
       */
      clientMessageId?: string
    }
    answer: MessageResponse
  }
  readMessage: {
    input: {
      /**
       * Of what the address names.
       */
      id: string
    }
    answer: Success
  }
  deleteMessage: {
    input: {
      /**
       * For whom it is gone.
       */
      for: 'self' | 'everyone'
      /**
       * Of what the address names.
       */
      id: string
    }
    answer: Success
  }
  listReactions: {
    input: {
      /**
       * Only this one, in whatever skin tone.
       */
      emoji?: string
      /**
       * How many to return.
       */
      limit?: number
      /**
       * The `nextCursor` of the page before.
       */
      cursor?: string
      /**
       * Of what the address names.
       */
      id: string
    }
    answer: ReactionsResponse
  }
  addReaction: {
    input: {
      /**
       * Of what the address names.
       */
      id: string
      /**
       * One emoji.
       */
      emoji: string
    }
    answer: MessageResponse
  }
  removeReaction: {
    input: {
      /**
       * Of what the address names.
       */
      id: string
      /**
       * One emoji.
       */
      emoji: string
    }
    answer: MessageResponse
  }
  uploadImage: {
    input: {
      image: Blob
    }
    answer: ImageUploaded
  }
  listGroups: {
    input: {
      /**
       * Parts of a name, in any order. Case, accents and such do not matter.
       */
      search?: string
      /**
       * How many to return.
       */
      limit?: number
      /**
       * The `nextCursor` of the page before.
       */
      cursor?: string
    }
    answer: GroupsResponse
  }
  createGroup: {
    input: NewGroup
    answer: GroupCreated
  }
  getGroup: {
    input: {
      /**
       * How many to return.
       */
      limit?: number
      /**
       * The `nextCursor` of the page before.
       */
      cursor?: string
      /**
       * Of what the address names.
       */
      id: string
    }
    answer: GroupDetails
  }
  joinGroup: {
    input: {
      /**
       * Of what the address names.
       */
      id: string
    }
    answer: GroupJoined
  }
  leaveGroup: {
    input: {
      /**
       * Of what the address names.
       */
      id: string
    }
    answer: Success
  }
  sync: {
    input: SyncRequest
    answer: SyncResponse
  }
}
export interface Health {
  status: 'ok'
  timestamp: string
  version: string
}
export interface Ready {
  status: 'ok'
  /**
   * `read-only` is a standby, or a database that takes no writes for another reason.
   */
  database: 'connected' | 'read-only' | 'disconnected'
  /**
   * Where several nodes share a Redis. Without it each of them serves as well, and events of the others come late.
   */
  redis?: 'connected' | 'disconnected'
}
export interface IdToken {
  /**
   * From Google, or in development from `POST /dev/google/token`.
   */
  idToken: string
}
export interface SignedIn {
  user: Me
  /**
   * Goes into `Authorization: Bearer …` and into the socket's `auth.token`.
   */
  token: string
}
/**
 * What one sees of oneself.
 */
export interface Me {
  id: string
  name: string
  initials: string
  /**
   * Background for the initials.
   */
  avatarColor: string
  avatarUrl: string | null
  bio: string | null
  username: string
  /**
   * False as well to whom it is hidden: when either side blocks.
   */
  isOnline: boolean
  /**
   * When the last connection ended.
   */
  lastActive: string | null
  createdAt: string
  updatedAt: string
  email: string | null
  phoneNumber: string | null
}
export interface Success {
  success: true
}
export interface MeResponse {
  user: Me
}
export interface SessionsResponse {
  sessions: Session[]
  /**
   * Where the next page starts; null at the end.
   */
  nextCursor: string | null
  hasMore: boolean
}
/**
 * One sign-in that has neither ended nor expired.
 */
export interface Session {
  id: string
  /**
   * What signed in, as far as it says.
   */
  device: string | null
  createdAt: string
  /**
   * To within five minutes.
   */
  lastUsedAt: string
  /**
   * Whether it is the one that asks.
   */
  isCurrent: boolean
}
export interface UsersResponse {
  users: User[]
  /**
   * Where the next page starts; null at the end.
   */
  nextCursor: string | null
  hasMore: boolean
}
/**
 * What others see of a person.
 */
export interface User {
  id: string
  name: string
  initials: string
  /**
   * Background for the initials.
   */
  avatarColor: string
  avatarUrl: string | null
  bio: string | null
  username: string
  /**
   * False as well to whom it is hidden: when either side blocks.
   */
  isOnline: boolean
  /**
   * When the last connection ended.
   */
  lastActive: string | null
  createdAt: string
  updatedAt: string
}
export interface UserResponse {
  user: User
}
export interface Profile {
  /**
   * At most 100 characters, all of them visible: no controls, nothing of no width. Stored in Unicode's composed form (NFC).
   */
  name?: string
  username?: string
  bio?: string | null
  phoneNumber?: string | null
}
export interface AvatarUploaded {
  avatarUrl: string
}
export interface ConversationsResponse {
  conversations: Conversation[]
  /**
   * Where the next page starts; null at the end.
   */
  nextCursor: string | null
  hasMore: boolean
}
export interface Conversation {
  id: string
  type: 'direct' | 'group'
  /**
   * Of the group; null in direct conversations, as are the next three.
   */
  name: string | null
  icon: string | null
  iconBg: string | null
  about: string | null
  createdAt: string
  /**
   * Of the last activity, or of one's own joining if that is later: the list is in this order.
   */
  updatedAt: string
  /**
   * The number of the last message.
   */
  lastSeq: number
  /**
   * Grows with every change that a member can see.
   */
  version: number
  /**
   * Counted up to 1000 and no further.
   */
  unreadCount: number
  isMuted: boolean
  /**
   * Whether the signed-in person has blocked the other side.
   */
  isBlocked: boolean
  lastReadAt: string | null
  lastMessage: Message | null
  otherUser: User | null
}
export interface Message {
  id: string
  conversationId: string
  senderId: string
  /**
   * The message's number in its conversation: 1, 2, 3 … in commit order.
   */
  seq: number
  /**
   * The conversation's version when the message last changed.
   */
  version: number
  text: string | null
  imageUrl: string | null
  clientMessageId: string | null
  /**
   * `read` once the other side of a direct conversation has read up to it.
   */
  status: 'sent' | 'read'
  /**
   * The most given first.
   */
  reactions: ReactionSummary[]
  /**
   * In answers to one person: their own.
   */
  myReactions?: string[]
  createdAt: string
  deletedAt: string | null
  deletedFor: 'self' | 'everyone' | null
}
/**
 * How often an emoji was given. Skin tones count as the same.
 */
export interface ReactionSummary {
  emoji: string
  count: number
  /**
   * The first ones who gave it, three at most.
   */
  userIds: string[]
}
export interface OpenDirect {
  /**
   * The other person.
   */
  userId: string
}
export interface OpenedDirect {
  conversation: Conversation
  created: boolean
}
export interface OpenedConversation {
  conversation: Conversation
  messages: Message[]
  /**
   * Where the next page starts; null at the end.
   */
  nextCursor: string | null
  hasMore: boolean
}
export interface ConversationResponse {
  conversation: Conversation
}
export interface MessagesResponse {
  messages: Message[]
  hasMore: boolean
}
export interface MessageResponse {
  message: Message
}
export interface ReactionsResponse {
  reactions: Reaction[]
  /**
   * Where the next page starts; null at the end.
   */
  nextCursor: string | null
  hasMore: boolean
}
/**
 * With the skin tone that the person chose.
 */
export interface Reaction {
  user: User
  emoji: string
  createdAt: string
}
export interface ImageUploaded {
  imageUrl: string
}
export interface GroupsResponse {
  joined: Group[]
  discover: Group[]
  /**
   * Where the next page starts; null at the end.
   */
  nextCursor: string | null
  hasMore: boolean
}
export interface Group {
  id: string
  name: string
  icon: string | null
  iconBg: string | null
  about: string | null
  createdAt: string
  updatedAt: string
  memberCount: number
}
export interface NewGroup {
  /**
   * At most 100 characters, all of them visible: no controls, nothing of no width. Stored in Unicode's composed form (NFC).
   */
  name: string
  /**
   * At most 10 characters, emoji mostly.
   */
  icon?: string
  /**
   * What is behind the icon: whatever its clients understand.
   */
  iconBg?: string
  about?: string
}
export interface GroupCreated {
  group: Group
  conversation: Conversation
}
export interface GroupDetails {
  group: Group
  members: User[]
  memberCount: number
  /**
   * Where the next page starts; null at the end.
   */
  nextCursor: string | null
  hasMore: boolean
}
export interface GroupJoined {
  success: true
  conversation: Conversation
}
export interface SyncRequest {
  /**
   * What the client has, by conversation id.
   */
  conversations: {
    /**
     * The version the client has seen.
     */
    [k: string]: number
  }
  /**
   * The `ownVersion` of the answer before. With it, what the same person did elsewhere (read in a group, muted, hid a message, changed their profile) is a change too.
   */
  ownVersion?: number
}
export interface SyncResponse {
  changed: ChangedConversation[]
  /**
   * The given conversations that the person is not (or no longer) in.
   */
  left: string[]
  own: OwnChanges
  /**
   * Give it back with the next call.
   */
  ownVersion: number
}
export interface ChangedConversation {
  conversation: Conversation
  /**
   * What changed, oldest change first. Deleted messages are `{ id, seq, version, deletedAt, deletedFor }`.
   */
  messages: ChangedMessage[]
  /**
   * More remain: ask again with the last version received. For a conversation that was not given: older messages exist, to be paged on demand.
   */
  limited: boolean
}
/**
 * What is told of a deleted message.
 */
export interface Tombstone {
  id: string
  /**
   * The message's number in its conversation: 1, 2, 3 … in commit order.
   */
  seq: number
  /**
   * The conversation's version when the message last changed.
   */
  version: number
  deletedAt: string | null
  deletedFor: 'self' | 'everyone' | null
}
/**
 * What a deleted message no longer has.
 */
export interface MessageContent {
  conversationId?: string
  senderId?: string
  text?: string | null
  imageUrl?: string | null
  clientMessageId?: string | null
  /**
   * `read` once the other side of a direct conversation has read up to it.
   */
  status?: 'sent' | 'read'
  /**
   * The most given first.
   */
  reactions?: ReactionSummary[]
  /**
   * In answers to one person: their own.
   */
  myReactions?: string[]
  createdAt?: string
}
/**
 * What only this person sees and has changed since the given `ownVersion`; without one, nothing.
 */
export interface OwnChanges {
  /**
   * One's own side of those where it changed.
   */
  conversations: OwnSide[]
  profile: Me | null
}
export interface OwnSide {
  conversationId: string
  isMuted: boolean
  /**
   * Whether the signed-in person has blocked the other side.
   */
  isBlocked: boolean
  /**
   * Counted up to 1000 and no further.
   */
  unreadCount: number
  /**
   * Everything up to this number is read.
   */
  lastReadSeq: number
  lastReadAt: string | null
}
export interface ServerEvents {
  'sync:required': SyncRequired
  'message:new': MessageNew
  'message:status': MessageStatus
  'message:reaction': MessageReaction
  'message:deleted': MessageDeleted
  'group:member-joined': GroupMemberJoined
  'group:member-left': GroupMemberLeft
  'user:online': UserOnline
  'user:offline': UserOffline
  typing: Typing
}
/**
 * Something has changed that no other event tells: call `POST /api/v1/sync`. Without a conversation it is about all of them.
 */
export interface SyncRequired {
  conversationId?: string
  /**
   * The conversation's version after this; a jump by more than one means that something was missed.
   */
  version?: number
}
/**
 * A message in one of the person's conversations, their own included.
 */
export interface MessageNew {
  conversationId: string
  /**
   * The conversation's version after this; a jump by more than one means that something was missed.
   */
  version: number
  message: Message
}
/**
 * Somebody has read. In groups only their own devices are told.
 */
export interface MessageStatus {
  conversationId: string
  /**
   * The conversation's version after this; a jump by more than one means that something was missed.
   */
  version: number
  /**
   * The newest message read; all before it are read as well.
   */
  messageId: string
  /**
   * That message's number.
   */
  seq: number
  /**
   * Who has read.
   */
  userId: string
  status: 'read'
}
/**
 * People reacted to a message. What comes in a short time comes in one event.
 */
export interface MessageReaction {
  conversationId: string
  /**
   * The conversation's version after this; a jump by more than one means that something was missed.
   */
  version: number
  messageId: string
  /**
   * The message's number.
   */
  seq: number
  /**
   * All that the message has now.
   */
  reactions: ReactionSummary[]
  changes: ReactionChange[]
}
export interface ReactionChange {
  userId: string
  emoji: string
  /**
   * Whether it was given, or taken back.
   */
  on: boolean
}
/**
 * A message was deleted for everyone.
 */
export interface MessageDeleted {
  conversationId: string
  /**
   * The conversation's version after this; a jump by more than one means that something was missed.
   */
  version: number
  messageId: string
  /**
   * The message's number.
   */
  seq: number
}
/**
 * Somebody joined a group, maybe the person themselves.
 */
export interface GroupMemberJoined {
  conversationId: string
  /**
   * The conversation's version after this; a jump by more than one means that something was missed.
   */
  version: number
  user: User
}
/**
 * Somebody left a group, maybe the person themselves.
 */
export interface GroupMemberLeft {
  conversationId: string
  /**
   * The conversation's version after this; a jump by more than one means that something was missed.
   */
  version: number
  /**
   * Who left.
   */
  userId: string
}
/**
 * Somebody with whom one has a direct conversation is there.
 */
export interface UserOnline {
  userId: string
}
/**
 * Somebody with whom one has a direct conversation has had no connection for 5 s, or is hidden from now on, since one side blocked the other.
 */
export interface UserOffline {
  userId: string
  /**
   * When the last connection ended; null while that is hidden.
   */
  lastActive: string | null
}
/**
 * Somebody else in the conversation begins to type or stops.
 */
export interface Typing {
  conversationId: string
  /**
   * Who types.
   */
  userId: string
  isTyping: boolean
}
export interface ClientEvents {
  join: Join
  'conversation:join': ConversationJoin
  'conversation:leave': ConversationLeave
  'typing:start': TypingStart
  'typing:stop': TypingStop
  'message:send': MessageSend
  'message:read': MessageRead
}
/**
 * For older clients: a socket is told all that concerns its person without it. Of somebody else it is refused.
 */
export interface Join {
  /**
   * One's own id.
   */
  userId: string
}
/**
 * The person looks at a conversation. Once acknowledged, nothing that happens in it is missed.
 */
export interface ConversationJoin {
  /**
   * Of one that the person is in.
   */
  conversationId: string
}
/**
 * The person looks away. Its events go on coming; typing stops.
 */
export interface ConversationLeave {
  /**
   * Of one that the person is in.
   */
  conversationId: string
}
/**
 * The person types. Send it again within 6 s, or it stops by itself. Too many of them are passed over in silence.
 */
export interface TypingStart {
  /**
   * Of one that the person is in.
   */
  conversationId: string
}
/**
 * The person types no longer.
 */
export interface TypingStop {
  /**
   * Of one that the person is in.
   */
  conversationId: string
}
/**
 * What `POST /api/v1/conversations/{id}/messages` does. Needs `text`, `imageUrl` or both.
 */
export interface MessageSend {
  conversationId: string
  /**
   * With something to see in it: more than spaces, and what is of no width.
   */
  text?: string
  /**
   * From `POST /upload/image`.
   */
  imageUrl?: string
  /**
   * Makes sending repeatable: the same id again answers with the first message.
   */
  clientMessageId?: string
}
/**
 * What `POST /api/v1/messages/{id}/read` does: everything up to this message is read.
 */
export interface MessageRead {
  messageId: string
}
