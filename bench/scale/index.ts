/**
 * Measures what messages cost PostgreSQL at 1 and at 10 million of them: bytes, log, sends a second,
 * blocks a query touches; and what changes when `messages` is cut into 16 hash partitions. Fills a
 * database of its own in a temporary folder, which takes up to 16 GB for some minutes, and removes
 * it. Its figures are those of docs/scaling.md.
 *
 *   npm run db:scale                    progress on stderr, Markdown on stdout
 *   npm run db:scale -- --large 2000000 with another size than ten million
 *   npm run db:scale -- --redis redis://127.0.0.1:6379   what channels cost this Redis, and nothing else
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, setPriority, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startEmbeddedPostgres } from '../../src/development/embedded-postgres.ts'
import { measure, type Sizes } from './measure.ts'
import { measureRedis } from './redis.ts'
import { say } from './report.ts'
import { printTables } from './tables.ts'

const { values: options } = parseArgs({
  options: {
    small: { type: 'string', default: '1000000' },
    large: { type: 'string', default: '10000000' },
    redis: { type: 'string' },
  },
})
const sizes: Sizes = [Number(options.small), Number(options.large)]

async function measurePostgres (): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'convo-scale-'))
  const postgres = await startEmbeddedPostgres(dataDir, [
    'shared_buffers=2GB', 'max_wal_size=8GB', 'checkpoint_timeout=30min', 'maintenance_work_mem=512MB',
    'autovacuum=off', 'max_parallel_maintenance_workers=0',
  ])
  try {
    const figures = await measure(postgres.url, dataDir, sizes)
    console.log([
      `PostgreSQL ${figures.version}`, `shared_buffers ${figures.buffers}`, `${cpus().length} CPUs`,
      `${Math.round(totalmem() / 2 ** 30)} GiB`, `load before and after ${loadBefore} and ${loadavg()[0]!.toFixed(1)}`,
    ].join(', '))
    printTables(figures)
  } finally {
    await postgres.release()
    await rm(dataDir, { recursive: true, force: true })
    say('done')
  }
}

// Others on this machine come first; what is started from here inherits it.
setPriority(10)
const loadBefore = loadavg()[0]!.toFixed(1)
await (options.redis === undefined ? measurePostgres() : measureRedis(options.redis))
