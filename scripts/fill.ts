/**
 * Fills a database for benchmarks and for looking at query plans: by default 100,000 people and
 * 1,000,000 messages. Uses DATABASE_URL, or the embedded database in DATA_DIR; refuses one that has
 * people in it.
 *
 *   npm run db:fill -- --users 100000 --messages 1000000
 */
import { parseArgs } from 'node:util'
import { readConfig } from '../src/config.ts'
import { migrateDatabase } from '../src/migrations.ts'
import { completeConfig } from '../src/development/index.ts'
import { foldAllNames, seedDefaultGroups } from '../src/modules/groups/public.ts'
import { fillDatabase } from './example-data.ts'

const { values } = parseArgs({
  options: { users: { type: 'string', default: '100000' }, messages: { type: 'string', default: '1000000' } },
})

const { config, release } = await completeConfig(readConfig(process.env))
try {
  await migrateDatabase(config.DATABASE_URL, seedDefaultGroups)
  await fillDatabase(config.DATABASE_URL, {
    users: Number(values.users), messages: Number(values.messages),
  }, console.log)
  await migrateDatabase(config.DATABASE_URL, foldAllNames)
  console.log(`filled: ${config.DATABASE_URL.replace(/:[^:@/]*@/, ':…@')}`)
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
} finally {
  await release()
}
