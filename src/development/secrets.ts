import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** A secret that is made once and kept in a file that only its owner can read. */
export async function keepSecret (folder: string, name: string, make: () => string): Promise<string> {
  const file = join(folder, name)
  await mkdir(dirname(file), { recursive: true })
  try {
    // 'wx' fails if it is there, so of two servers that start at once one makes it and both read it.
    await writeFile(file, make(), { flag: 'wx', mode: 0o600, flush: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFile(file, 'utf8')
}
