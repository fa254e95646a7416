import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFolder } from '../server.ts'

type Teardown = Parameters<typeof createFolder>[0]

/** Sets a property of `process` until the test ends. */
export function pretend (t: Teardown, name: 'platform' | 'getuid' | 'env', value: unknown): void {
  const real = Object.getOwnPropertyDescriptor(process, name)!
  Object.defineProperty(process, name, { ...real, value })
  t.teardown(() => { Object.defineProperty(process, name, real) })
}

/** Puts a program before all others of its name. */
export async function pretendProgram (t: Teardown, name: string, script: string): Promise<void> {
  const folder = await createFolder(t)
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  pretend(t, 'env', { ...process.env, PATH: `${folder}:${process.env.PATH}` })
}

/** For whoever is not root: all is as for root, but the unprivileged user is oneself. */
export async function beRoot (t: Teardown): Promise<void> {
  const [uid, gid] = [process.getuid!(), process.getgid!()]
  if (uid === 0) return
  await pretendProgram(t, 'id', `[ "$1" = -u ] && echo ${uid} || echo ${gid}`)
  pretend(t, 'getuid', () => 0)
}
