import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { keepSecret } from '../../src/development/secrets.ts'
import { createFolder } from '../support/server.ts'

const folder = join(await createFolder(t), 'not', 'there', 'yet')

t.test('a secret is made once, in a file that only its owner can read', async t => {
  t.equal(await keepSecret(folder, 'one', () => 'first'), 'first')
  t.equal(await keepSecret(folder, 'one', () => 'second'), 'first')
  t.equal(await keepSecret(folder, 'two', () => 'another'), 'another')
  t.equal(await readFile(join(folder, 'one'), 'utf8'), 'first')
  t.equal((await stat(join(folder, 'one'))).mode & 0o777, 0o600)
})

t.test('who asks at once gets the same, whole', async t => {
  const secrets = await Promise.all(
    Array.from({ length: 20 }, (_, i) => keepSecret(folder, 'contested', () => `${i}`.repeat(100_000)))
  )
  t.equal(new Set(secrets).size, 1)
  t.ok(secrets[0]!.length >= 100_000)
})

t.test('nothing else is left in the folder', async t => {
  t.same((await readdir(folder)).sort(), ['contested', 'one', 'two'])
})

t.test('a crash while one is made leaves no half of one', async t => {
  await t.rejects(keepSecret(folder, 'crashed', () => { throw new Error('crash') }), { message: 'crash' })
  t.equal(await keepSecret(folder, 'crashed', () => 'whole'), 'whole')
})

t.test('a folder that cannot be is reported', async t => {
  await writeFile(join(folder, 'file'), '')
  await t.rejects(keepSecret(join(folder, 'file'), 'secret', () => 'x'), { code: /EEXIST|ENOTDIR/ })
})
