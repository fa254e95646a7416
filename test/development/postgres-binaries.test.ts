import { execFile } from 'node:child_process'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { chooseOwner, findBinaries, runAs } from '../../src/development/postgres-binaries.ts'
import { createFolder } from '../support/server.ts'
import { pretend, pretendProgram } from '../support/development/pretend.ts'

const isRoot = process.getuid!() === 0
const uid = isRoot ? 65534 : process.getuid!()
const owner = { uid, gid: isRoot ? 65534 : process.getgid!() }

t.test('this platform has programs that run', async t => {
  const { postgres } = await findBinaries()
  t.match((await promisify(execFile)(postgres, ['--version'])).stdout, /PostgreSQL\) 18/)
})

for (const platform of ['win32', 'sunos']) {
  t.test(`where the programs are missing (here: as if on ${platform}), one line names DATABASE_URL`, async t => {
    pretend(t, 'platform', platform)
    await t.rejects(findBinaries(), {
      message: `There is no embedded PostgreSQL for ${platform}-${process.arch}: ` +
        'set DATABASE_URL to a PostgreSQL 15 or newer.',
    })
  })
}

t.test('the owner of a cluster', async t => {
  const id = async (flag: string, user: string) => Number((await promisify(execFile)('id', [flag, user])).stdout)

  await t.test('is the user who runs the server', async t => {
    pretend(t, 'getuid', () => 1000)
    t.equal(await chooseOwner(), undefined)
  })

  await t.test('is, for root, the first of some users that exists', async t => {
    pretend(t, 'getuid', () => 0)
    t.same(await chooseOwner(['no-such-user', 'nobody']), {
      uid: await id('-u', 'nobody'), gid: await id('-g', 'nobody'),
    })
  })
})

t.test('a program', async t => {
  const script = join(await createFolder(t), 'program')
  await writeFile(script, '#!/bin/sh\nid -u\necho "first\nsecond" >&2\nexit "$1"\n')
  await chmod(script, 0o755)

  await t.test('that fails rejects with the first line that it says', async t => {
    await t.rejects(runAs(undefined, script, ['3']), { message: 'first' })
  })

  await t.test('that is not there rejects with its name', async t => {
    await t.rejects(runAs(undefined, `${script}-none`, []), { message: /ENOENT/ })
  })

  await t.test('that succeeds resolves', async () => {
    await runAs(undefined, script, ['0'])
  })

  await t.test('runs as the owner, even below a folder that only root may enter', async t => {
    // Whoever is not root cannot become another, so setpriv is played.
    if (!isRoot) await pretendProgram(t, 'setpriv', 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"')
    await runAs(owner, '/bin/sh', ['-c', `test "$(id -u)" = ${uid} && "${script}" 0`])
  })

  await t.test('runs as the owner where setpriv is missing', async t => {
    const { PATH } = process.env
    pretend(t, 'env', { ...process.env, PATH: await createFolder(t) })
    await runAs(owner, '/bin/sh', ['-c', `test "$(PATH='${PATH}' id -u)" = ${uid}`])
  })

  await t.test('runs as the owner where containers withhold the right to read everything', async t => {
    if (!isRoot) {
      t.comment('skipped: not root')
      return
    }
    const code = `
      import { runAs } from './src/development/postgres-binaries.ts'
      await runAs(${JSON.stringify(owner)}, ${JSON.stringify(script)}, ['0'])`
    await promisify(execFile)('setpriv', [
      '--bounding-set=-dac_read_search', '--inh-caps=-dac_read_search', process.execPath, '--input-type=module',
      '--eval', code,
    ])
  })
})
