/**
 * Runs the tests on a PostgreSQL of their own, or on that of TEST_DATABASE_URL (a user who may
 * create databases). Arguments go to tap. Ends with the line `N passed, N failed`.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { migrateDatabase } from '../src/migrations.ts'
import { startEmbeddedPostgres } from '../src/development/embedded-postgres.ts'
import { seedDefaultGroups } from '../src/modules/groups/public.ts'
import { withoutRedis } from './support/redis.ts'

async function createTemplate (adminUrl: string): Promise<string> {
  const template = `convo_template_${process.pid}`
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${template}`)
  await admin.end()
  const url = new URL(adminUrl)
  url.pathname = template
  await migrateDatabase(url.href, seedDefaultGroups)
  return template
}

/** Tests of faults at their full size are given 12 minutes in all, in milliseconds. */
const faultsLimit = process.env.FAULTS === 'full' ? 12 * 60_000 : undefined

/**
 * tap that is told to end waits for its test files, and these do not end the servers they started: so all go
 * at once.
 */
function endGroupAfter (limit: number, leader: ChildProcess): void {
  const end = () => process.kill(-leader.pid!, 'SIGKILL')
  setTimeout(() => {
    console.log(`not ended within ${limit / 1_000} s`)
    end()
  }, limit).unref()
  // The terminal's Ctrl-C does not reach them.
  process.once('SIGINT', end)
}

/** A key for the fake Googles: to make one takes longer than all else that a server does to start. */
async function createGoogleKey (folder: string): Promise<string> {
  const file = join(folder, 'fake-google.pem')
  await writeFile(
    file, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' })
  )
  return file
}

async function runTap (env: NodeJS.ProcessEnv): Promise<number> {
  if (withoutRedis) {
    console.log(`# ${withoutRedis}: tests of several nodes are skipped, and coverage cannot be complete`)
  }
  const tap = spawn('tap', [
    '--reporter=tap', ...withoutRedis ? ['--allow-incomplete-coverage'] : [], ...process.argv.slice(2),
  ], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: faultsLimit !== undefined,
  })
  if (faultsLimit !== undefined) endGroupAfter(faultsLimit, tap)
  let passed = 0
  let failed = 0
  let rest = ''
  tap.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      // Tests of a file are indented once; what is deeper are their assertions.
      const result = /^ {4}(not )?ok \d+ - /.exec(line)
      if (result) result[1] ? failed++ : passed++
      if (!/^ {8,}(ok|1\.\.|# Subtest)/.test(line)) console.log(line)
    }
  })
  const [code] = await once(tap, 'exit')
  console.log(`${passed} passed, ${failed} failed`)
  return passed === 0 ? 1 : code ?? 1
}

const folder = await mkdtemp(join(tmpdir(), 'convo-test-'))
const embedded = process.env.TEST_DATABASE_URL === undefined
  ? await startEmbeddedPostgres(folder, [
    'fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200',
  ])
  : undefined
const adminUrl = process.env.TEST_DATABASE_URL ?? embedded!.url
try {
  process.exitCode = await runTap({
    TEST_DATABASE_URL: adminUrl,
    TEST_TEMPLATE: await createTemplate(adminUrl),
    TEST_GOOGLE_KEY: await createGoogleKey(folder),
    LOG_LEVEL: undefined,
    NODE_OPTIONS: `--import=${import.meta.resolve('./support/preload.ts')}`,
    NODE_DISABLE_COMPILE_CACHE: '1',
  })
} finally {
  await embedded?.release()
  await rm(folder, { recursive: true, force: true })
}
