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
  updateConversation: 'PATCH /api/v1/conversations/{id}',
  openConversation: 'GET /api/v1/conversations/{id}',
  listMessages: 'GET /api/v1/conversations/{id}/messages',
  sendMessage: 'POST /api/v1/conversations/{id}/messages',
  readMessage: 'POST /api/v1/messages/{id}/read',
  deleteMessage: 'DELETE /api/v1/messages/{id}',
  uploadImage: 'POST /api/v1/upload/image',
  listGroups: 'GET /api/v1/groups',
  createGroup: 'POST /api/v1/groups',
  getGroup: 'GET /api/v1/groups/{id}',
  joinGroup: 'POST /api/v1/groups/{id}/join',
  leaveGroup: 'POST /api/v1/groups/{id}/leave',
  sync: 'POST /api/v1/sync',
} as const

export interface Shapes {
  operations: Operations
  serverEvents: ServerEvents
  clientEvents: ClientEvents
}
export interface Operations {
  getHealth: {
    input: {}
    /**
     * OK
     */
    answer: {
      status: 'ok'
      timestamp: string
      version: string
    }
  }
  getReadiness: {
    input: {}
    /**
     * OK
     */
    answer: {
      status: 'ok'
      database: 'connected' | 'disconnected'
      /**
       * Where several nodes share a Redis. Without it each of them serves as well, and events of the others come late.
       */
      redis?: 'connected' | 'disconnected'
    }
  }
  signIn: {
    input: {
      /**
       * From Google, or in development from `POST /dev/google/token`.
       */
      idToken: string
    }
    /**
     * OK
     */
    answer: {
      user: Me
      /**
       * Goes into `Authorization: Bearer …` and into the socket's `auth.token`.
       */
      token: string
    }
  }
  signOut: {
    input: {}
    /**
     * OK
     */
    answer: {
      success: true
    }
  }
  getMe: {
    input: {}
    /**
     * OK
     */
    answer: {
      user: Me
    }
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
    /**
     * OK
     */
    answer: {
      sessions: Session[]
      /**
       * Where the next page starts; null at the end.
       */
      nextCursor: string | null
      hasMore: boolean
    }
  }
  endOtherSessions: {
    input: {}
    /**
     * OK
     */
    answer: {
      success: true
    }
  }
  endSession: {
    input: {
      /**
       * Of what the address names.
       */
      id: string
    }
    /**
     * OK
     */
    answer: {
      success: true
    }
  }
  listUsers: {
    input: {
      /**
       * Part of a name; case does not matter.
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
    /**
     * OK
     */
    answer: {
      users: User[]
      /**
       * Where the next page starts; null at the end.
       */
      nextCursor: string | null
      hasMore: boolean
    }
  }
  getUser: {
    input: {
      /**
       * Of what the address names.
       */
      id: string
    }
    /**
     * OK
     */
    answer: {
      user: User
    }
  }
  updateMe: {
    input: {
      /**
       * At most 100 characters, all of them visible: no controls, nothing of no width. Stored in Unicode's composed form (NFC).
       */
      name?: string
      username?: string
      bio?: string | null
      phoneNumber?: string | null
    }
    /**
     * OK
     */
    answer: {
      user: Me
    }
  }
  uploadAvatar: {
    input: {
      avatar: Blob
    }
    /**
     * OK
     */
    answer: {
      avatarUrl: string
    }
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
    /**
     * OK
     */
    answer: {
      conversations: Conversation[]
      /**
       * Where the next page starts; null at the end.
       */
      nextCursor: string | null
      hasMore: boolean
    }
  }
  openDirectConversation: {
    input: {
      /**
       * The other person.
       */
      userId: string
    }
    /**
     * OK
     */
    answer: {
      conversation: Conversation
      created: boolean
    }
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
    /**
     * OK
     */
    answer: {
      conversation: Conversation
    }
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
    /**
     * OK
     */
    answer: {
      conversation: Conversation
      messages: Message[]
      /**
       * Where the next page starts; null at the end.
       */
      nextCursor: string | null
      hasMore: boolean
    }
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
    /**
     * OK
     */
    answer: {
      messages: Message[]
      hasMore: boolean
    }
  }
  sendMessage: {
    input: {
      /**
       * Of what the address names.
       */
      id: string
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
     * OK
     */
    answer: {
      message: Message
    }
  }
  readMessage: {
    input: {
      /**
       * Of what the address names.
       */
      id: string
    }
    /**
     * OK
     */
    answer: {
      success: true
    }
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
    /**
     * OK
     */
    answer: {
      success: true
    }
  }
  uploadImage: {
    input: {
      image: Blob
    }
    /**
     * OK
     */
    answer: {
      imageUrl: string
    }
  }
  listGroups: {
    input: {
      /**
       * Part of a name; case does not matter.
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
    /**
     * OK
     */
    answer: {
      joined: Group[]
      discover: Group[]
      /**
       * Where the next page starts; null at the end.
       */
      nextCursor: string | null
      hasMore: boolean
    }
  }
  createGroup: {
    input: {
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
    /**
     * Created
     */
    answer: {
      group: Group
      conversation: Conversation
    }
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
    /**
     * OK
     */
    answer: {
      group: Group
      members: User[]
      memberCount: number
      /**
       * Where the next page starts; null at the end.
       */
      nextCursor: string | null
      hasMore: boolean
    }
  }
  joinGroup: {
    input: {
      /**
       * Of what the address names.
       */
      id: string
    }
    /**
     * OK
     */
    answer: {
      success: true
      conversation: Conversation
    }
  }
  leaveGroup: {
    input: {
      /**
       * Of what the address names.
       */
      id: string
    }
    /**
     * OK
     */
    answer: {
      success: true
    }
  }
  sync: {
    input: {
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
       * The `ownVersion` of the answer before. With it, what the same person did elsewhere (read in a group, muted, hid a message) is a change too.
       */
      ownVersion?: number
    }
    /**
     * OK
     */
    answer: {
      changed: {
        conversation: Conversation
        /**
         * What changed, oldest change first. Deleted messages are `{ id, seq, version, deletedAt, deletedFor }`.
         */
        messages: ({
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
        } & {
          conversationId?: string
          senderId?: string
          text?: string | null
          imageUrl?: string | null
          clientMessageId?: string | null
          /**
           * `read` once the other side of a direct conversation has read up to it.
           */
          status?: 'sent' | 'read'
          createdAt?: string
        })[]
        /**
         * More remain: ask again with the last version received. For a conversation that was not given: older messages exist, to be paged on demand.
         */
        limited: boolean
      }[]
      /**
       * The given conversations that the person is not (or no longer) in.
       */
      left: string[]
      /**
       * Give it back with the next call.
       */
      ownVersion: number
    }
  }
}
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
  email: string
  phoneNumber: string | null
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
   * Of the last activity.
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
  createdAt: string
  deletedAt: string | null
  deletedFor: 'self' | 'everyone' | null
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
export interface ServerEvents {
  /**
   * Somebody with whom one has a direct conversation is there.
   */
  'user:online': {
    userId: string
  }
  /**
   * Somebody with whom one has a direct conversation has had no connection for 5 s, or is hidden from now on, since one side blocked the other.
   */
  'user:offline': {
    userId: string
    /**
     * When the last connection ended; null while that is hidden.
     */
    lastActive: string | null
  }
  /**
   * A message in one of the person's conversations, their own included.
   */
  'message:new': {
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
  'message:status': {
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
    status: 'read'
    /**
     * Who has read.
     */
    userId: string
  }
  /**
   * A message was deleted for everyone.
   */
  'message:deleted': {
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
   * Somebody else in the conversation begins to type or stops.
   */
  typing: {
    conversationId: string
    /**
     * Who types.
     */
    userId: string
    isTyping: boolean
  }
  /**
   * Somebody joined a group, maybe the person themselves.
   */
  'group:member-joined': {
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
  'group:member-left': {
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
   * Something has changed that no other event tells: call `POST /api/v1/sync`. Without a conversation it is about all of them.
   */
  'sync:required': {
    conversationId?: string
    /**
     * The conversation's version after this; a jump by more than one means that something was missed.
     */
    version?: number
  }
}
export interface ClientEvents {
  /**
   * For older clients: a socket is told all that concerns its person without it. Of somebody else it is refused.
   */
  join: {
    /**
     * One's own id.
     */
    userId: string
  }
  /**
   * The person looks at a conversation. Once acknowledged, nothing that happens in it is missed.
   */
  'conversation:join': {
    /**
     * Of one that the person is in.
     */
    conversationId: string
  }
  /**
   * The person looks away. Its events go on coming; typing stops.
   */
  'conversation:leave': {
    /**
     * Of one that the person is in.
     */
    conversationId: string
  }
  /**
   * The person types. Send it again within 6 s, or it stops by itself. Too many of them are passed over in silence.
   */
  'typing:start': {
    /**
     * Of one that the person is in.
     */
    conversationId: string
  }
  /**
   * The person types no longer.
   */
  'typing:stop': {
    /**
     * Of one that the person is in.
     */
    conversationId: string
  }
  /**
   * What `POST /api/v1/conversations/{id}/messages` does. Needs `text`, `imageUrl` or both.
   */
  'message:send': {
    conversationId: string
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
  'message:read': {
    messageId: string
  }
}
