import { globSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

/**
 * Runs several test files in this process, one after the other: to start one, and to load the server
 * in it, takes longer than most of them. Each has its own server, and can be run by itself as well.
 * @param pattern of their names, without `.test.ts`
 */
export function runTogether (folder: string, pattern: string): void {
  // A test, since their tests wait for it: between the files tap would think that all is over.
  void t.test('all of them are loaded', async () => {
    for (const file of globSync(`${pattern}.test.ts`, { cwd: folder }).sort()) await import(join(folder, file))
  })
}
