import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** A secret that is made once and kept in a file that only its owner can read. */
export async function keepSecret (folder: string, name: string, make: () => string): Promise<string> {
  const file = join(folder, name)
  const kept = await readFile(file, 'utf8').catch(() => undefined)
  if (kept !== undefined) return kept

  await mkdir(dirname(file), { recursive: true })
  const draft = `${file}.${randomUUID()}`
  try {
    await writeFile(draft, make(), { flag: 'wx', mode: 0o600, flush: true })
    // Put in its place complete or, if one is there, not at all: of two servers that start at once one
    // makes it and both read it, and a crash leaves no half of one.
    await link(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft, { force: true })
  }
  return readFile(file, 'utf8')
}
