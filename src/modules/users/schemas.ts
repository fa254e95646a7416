import { Type, type Static } from '@sinclair/typebox'
import { ImageUrl, Name, Nullable, pageFields, Text, Timestamp, Uuid } from '../../lib/schemas.ts'

const publicFields = {
  id: Uuid(),
  name: Type.String({ examples: ['Ada Lovelace'] }),
  initials: Type.String({ examples: ['AL'] }),
  avatarColor: Type.String({ description: 'Background for the initials.', examples: ['hsl(210, 65%, 45%)'] }),
  avatarUrl: Nullable(ImageUrl()),
  bio: Nullable(Type.String({ examples: ['Notes on the engine.'] })),
  username: Type.String({ examples: ['ada.lovelace'] }),
  isOnline: Type.Boolean({
    description: 'False as well to whom it is hidden: when either side blocks.', examples: [true],
  }),
  lastActive: Nullable(Timestamp('When the last connection ended.')),
  createdAt: Timestamp(),
  updatedAt: Timestamp(),
}

export const UserSchema = Type.Object(publicFields, {
  title: 'User', description: 'What others see of a person.',
})
export type User = Static<typeof UserSchema>

export const MeSchema = Type.Object({
  ...publicFields,
  email: Nullable(Type.String({ examples: ['ada@example.com'] })),
  phoneNumber: Nullable(Type.String({ examples: ['+44 20 7946 0000'] })),
}, { title: 'Me', description: 'What one sees of oneself.' })
export type Me = Static<typeof MeSchema>

export const ProfileSchema = Type.Object({
  name: Type.Optional(Name({ examples: ['Ada King'] })),
  username: Type.Optional(Type.String({ pattern: '^[a-z0-9_.]{3,30}$', examples: ['ada.king'] })),
  bio: Type.Optional(Nullable(Text({ maxLength: 500, examples: ['Notes on the engine.'] }))),
  phoneNumber: Type.Optional(
    Nullable(Type.String({ pattern: '^\\+?[0-9 ().-]{3,20}$', maxLength: 20, examples: ['+44 20 7946 0000'] }))
  ),
}, { title: 'Profile', additionalProperties: false, minProperties: 1 })
export type Profile = Static<typeof ProfileSchema>

export const MeResponseSchema = Type.Object({ user: MeSchema }, { title: 'MeResponse' })
export const UserResponseSchema = Type.Object({ user: UserSchema }, { title: 'UserResponse' })
export const UsersResponseSchema = Type.Object({
  users: Type.Array(UserSchema), ...pageFields,
}, { title: 'UsersResponse' })
export const AvatarUploadedSchema = Type.Object({ avatarUrl: ImageUrl() }, { title: 'AvatarUploaded' })
