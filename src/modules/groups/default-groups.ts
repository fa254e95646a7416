import type { Database } from '../../db.ts'
import { fold } from '../../lib/fold.ts'
import { conversations } from '../membership/tables.ts'

// Fixed ids, so that seeding again changes nothing, whatever was renamed meanwhile.
const defaultGroups = [
  {
    id: '01970000-0000-7000-8000-000000000001',
    name: 'General Chat',
    icon: '💬',
    iconBg: 'bg-gradient-to-br from-blue-400 to-blue-600',
    about: 'General discussions and announcements',
  },
  {
    id: '01970000-0000-7000-8000-000000000002',
    name: 'Tech Talk',
    icon: '💻',
    iconBg: 'bg-gradient-to-br from-purple-400 to-purple-600',
    about: 'Technology, programming, and gadgets',
  },
  {
    id: '01970000-0000-7000-8000-000000000003',
    name: 'Movie Lounge',
    icon: '🎬',
    iconBg: 'bg-gradient-to-br from-red-400 to-red-600',
    about: 'Movies, reviews, and recommendations',
  },
  {
    id: '01970000-0000-7000-8000-000000000004',
    name: 'TV & Series Hub',
    icon: '📺',
    iconBg: 'bg-gradient-to-br from-green-400 to-green-600',
    about: 'TV shows and series discussions',
  },
  {
    id: '01970000-0000-7000-8000-000000000005',
    name: 'Pop Culture & Gaming',
    icon: '🎮',
    iconBg: 'bg-gradient-to-br from-yellow-400 to-orange-500',
    about: 'Gaming, anime, comics, and pop culture',
  },
]

/** The groups that every new server begins with. */
export async function seedDefaultGroups (db: Database): Promise<void> {
  await db.insert(conversations).values(defaultGroups.map(group => ({
    ...group, foldedName: fold(group.name), type: 'group' as const,
  }))).onConflictDoNothing()
}
