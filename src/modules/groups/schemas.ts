import { Type, type Static } from '@sinclair/typebox'
import { Name, Nullable, pageFields, Text, Timestamp, Uuid } from '../../lib/schemas.ts'
import { ConversationSchema } from '../conversations/schemas.ts'
import { UserSchema } from '../users/schemas.ts'

const memberCount = Type.Integer({ minimum: 0, examples: [42] })

export const GroupSchema = Type.Object({
  id: Uuid(),
  name: Type.String({ examples: ['General Chat'] }),
  icon: Nullable(Type.String({ examples: ['💬'] })),
  iconBg: Nullable(Type.String({ examples: ['bg-gradient-to-br from-blue-400 to-blue-600'] })),
  about: Nullable(Type.String({ examples: ['Talk about anything.'] })),
  createdAt: Timestamp(),
  updatedAt: Timestamp(),
  memberCount,
}, { title: 'Group' })
export type Group = Static<typeof GroupSchema>

export const NewGroupSchema = Type.Object({
  name: Name({ examples: ['Book Club'] }),
  icon: Type.Optional(
    Name({ format: 'icon', maxLength: 40, description: 'At most 10 characters, emoji mostly.', examples: ['📚'] })
  ),
  iconBg: Type.Optional(
    Text({
      minLength: 1,
      maxLength: 100,
      description: 'What is behind the icon: whatever its clients understand.',
      examples: ['bg-gradient-to-br from-blue-400 to-blue-600'],
    })
  ),
  about: Type.Optional(Text({ maxLength: 1000, examples: ['One book a month.'] })),
}, { title: 'NewGroup', additionalProperties: false })
export type NewGroup = Static<typeof NewGroupSchema>

export const GroupsResponseSchema = Type.Object({
  joined: Type.Array(GroupSchema),
  discover: Type.Array(GroupSchema),
  ...pageFields,
}, { title: 'GroupsResponse' })
export const GroupCreatedSchema = Type.Object({
  group: GroupSchema, conversation: ConversationSchema,
}, { title: 'GroupCreated' })
export const GroupJoinedSchema = Type.Object({
  success: Type.Literal(true, { examples: [true] }), conversation: ConversationSchema,
}, { title: 'GroupJoined' })
export const GroupDetailsSchema = Type.Object({
  group: GroupSchema, members: Type.Array(UserSchema), memberCount, ...pageFields,
}, { title: 'GroupDetails' })
