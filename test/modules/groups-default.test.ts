import t from 'tap'
import { migrateDatabase } from '../../src/migrations.ts'
import { seedDefaultGroups } from '../../src/modules/groups/public.ts'
import type { Group } from '../../src/modules/groups/schemas.ts'
import { createDatabase, startServer } from '../support/server.ts'

const defaults = [
  ['General Chat', '💬', 'bg-gradient-to-br from-blue-400 to-blue-600', 'General discussions and announcements'],
  ['Movie Lounge', '🎬', 'bg-gradient-to-br from-red-400 to-red-600', 'Movies, reviews, and recommendations'],
  [
    'Pop Culture & Gaming', '🎮', 'bg-gradient-to-br from-yellow-400 to-orange-500',
    'Gaming, anime, comics, and pop culture',
  ],
  ['Tech Talk', '💻', 'bg-gradient-to-br from-purple-400 to-purple-600', 'Technology, programming, and gadgets'],
  ['TV & Series Hub', '📺', 'bg-gradient-to-br from-green-400 to-green-600', 'TV shows and series discussions'],
]

t.test('several servers that start at once on an empty database make the five default groups once', async t => {
  const DATABASE_URL = await createDatabase(t, { template: 'template0' })
  const [server] = await Promise.all([
    startServer(t, { DATABASE_URL }), startServer(t, { DATABASE_URL }), startServer(t, { DATABASE_URL }),
  ])
  const ada = await server.signIn('Ada')
  const { body } = await ada.get('/groups')
  t.same(body.joined, [])
  t.same(body.discover.map((group: Group) => [group.name, group.icon, group.iconBg, group.about]), defaults)
  t.ok(body.discover.every((group: Group) => group.memberCount === 0))

  await t.test('seeding again changes nothing, even after a rename and with members', async t => {
    const { id } = body.discover[0]
    await ada.post(`/groups/${id}/join`)
    await server.sql('UPDATE conversations SET name = $1, icon = NULL WHERE id = $2', ['Town Square', id])
    const before = await server.sql('SELECT * FROM conversations ORDER BY id')
    await Promise.all(Array.from({ length: 4 }, () => migrateDatabase(DATABASE_URL, seedDefaultGroups)))
    t.same(await server.sql('SELECT * FROM conversations ORDER BY id'), before)
    t.match((await ada.get('/groups')).body.joined, [{ id, name: 'Town Square', icon: null, memberCount: 1 }])
  })
})
