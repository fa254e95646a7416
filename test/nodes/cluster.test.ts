import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { withoutNginx } from '../support/nginx.ts'
import { withoutRedis } from '../support/redis.ts'
import { createDatabase, createDataDir, until } from '../support/server.ts'
import { findPort } from '../support/server-process.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const isFree = (port: number) => new Promise<boolean>(resolve => {
  const probe = connect(port, '127.0.0.1', () => {
    probe.destroy()
    resolve(false)
  }).on('error', () => resolve(true))
})

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  t.test(`npm run cluster ends all that it started when npm gets ${signal}`, {
    skip: withoutRedis || withoutNginx,
  }, async t => {
    const npm = spawn('npm', ['run', 'cluster'], {
      cwd: root,
      env: {
        ...process.env,
        DATABASE_URL: await createDatabase(t),
        DATA_DIR: await createDataDir(t),
        PORT: String(await findPort()),
        SHUTDOWN_GRACE_MS: '1',
      },
    })
    t.teardown(() => npm.kill('SIGKILL'))
    let output = ''
    for (const stream of [npm.stdout, npm.stderr]) stream.setEncoding('utf8').on('data', text => { output += text })
    await until(() => output.includes('Ctrl-C stops everything.'), 60_000)
    const ports = [...new Set(output.match(/(?<=(?:http|redis):\/\/127\.0\.0\.1:)\d+/g))].map(Number)
    t.equal(ports.length, 5, 'the balancer, three nodes, Redis')

    npm.kill(signal)
    for (const port of ports) await until(() => isFree(port))
  })
}
