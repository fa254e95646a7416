import t from 'tap'
import { ConfigError, readConfig, SettingsSchema } from '../src/config.ts'

const settings = SettingsSchema.properties as unknown as Record<string, { description: string, expected: string }>

function faultsOf (env: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

const production = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://convo@db/convo',
  JWT_SECRET: 'x'.repeat(32),
  GOOGLE_CLIENT_ID: 'id.apps.googleusercontent.com',
}

t.test('without any setting there is a development server', async t => {
  t.same(readConfig({}), {
    PORT: 3001,
    HOST: '127.0.0.1',
    NODE_ENV: 'development',
    DATA_DIR: '.convo',
    JWT_EXPIRES_IN: 7 * 86_400,
    FRONTEND_URL: ['http://localhost:5173'],
    RATE_LIMIT_MAX: 1200,
    TRUST_PROXY: [],
    SHUTDOWN_GRACE_MS: 0,
    LOG_LEVEL: 'info',
    MIGRATE_ON_START: true,
  })
})

t.test('settings arrive as what they mean', async t => {
  const config = readConfig({
    PORT: '8080',
    MIGRATE_ON_START: 'false',
    RATE_LIMIT_MAX: '0',
    PUBLIC_URL: 'https://example.com/chat/',
    FRONTEND_URL: 'https://a.example/, https://b.example, capacitor://localhost, tauri://localhost/',
    TRUST_PROXY: '10.0.0.0/8, ::1',
    GOOGLE_CLIENT_ID: 'web.apps.googleusercontent.com, android.apps.googleusercontent.com',
    UNKNOWN: 'left out',
  })
  t.match(
    config,
    {
      PORT: 8080,
      MIGRATE_ON_START: false,
      RATE_LIMIT_MAX: 0,
      PUBLIC_URL: 'https://example.com/chat',
      FRONTEND_URL: ['https://a.example', 'https://b.example', 'capacitor://localhost', 'tauri://localhost'],
      TRUST_PROXY: ['10.0.0.0/8', '::1'],
      GOOGLE_CLIENT_ID: ['web.apps.googleusercontent.com', 'android.apps.googleusercontent.com'],
    }
  )
  t.notHas(config, { UNKNOWN: String })
  t.throws(() => { (config as { PORT: number }).PORT = 1 }, TypeError, 'and can no longer be changed')
})

t.test('a sign-in lasts seconds, minutes, hours or days', async t => {
  const durations = { '45s': 45, '30m': 1800, '12h': 43_200, '2d': 172_800 }
  for (const [JWT_EXPIRES_IN, seconds] of Object.entries(durations)) {
    t.equal(readConfig({ JWT_EXPIRES_IN }).JWT_EXPIRES_IN, seconds)
  }
  for (const JWT_EXPIRES_IN of ['0d', '7', 'd', '-1h', '1.5h', '1w', '7d7h']) {
    t.same(faultsOf({ JWT_EXPIRES_IN }), ['JWT_EXPIRES_IN: expected a duration such as 30m, 12h or 7d'])
  }
})

t.test('an empty setting is an unset one', async t => {
  t.same(readConfig({ PORT: '', GOOGLE_CLIENT_ID: '', CLOUDINARY_API_KEY: '', HOST: '' }), readConfig({}))
})

t.test('production listens on every address and brings nothing of its own', async t => {
  t.equal(readConfig(production).HOST, '0.0.0.0')
  t.equal(readConfig({ ...production, HOST: '10.0.0.1' }).HOST, '10.0.0.1')
  t.same(faultsOf({ NODE_ENV: 'production' }), [
    'DATABASE_URL: required in production', 'JWT_SECRET: required in production',
    'GOOGLE_CLIENT_ID: required in production',
  ])
})

t.test('only production gives load balancers time to look elsewhere, unless told otherwise', async t => {
  t.equal(readConfig(production).SHUTDOWN_GRACE_MS, 5_000)
  t.equal(readConfig({ ...production, SHUTDOWN_GRACE_MS: '0' }).SHUTDOWN_GRACE_MS, 0)
  t.equal(readConfig({ NODE_ENV: 'test' }).SHUTDOWN_GRACE_MS, 0)
  t.equal(readConfig({ SHUTDOWN_GRACE_MS: '250' }).SHUTDOWN_GRACE_MS, 250)
})

t.test('Cloudinary is set as a whole or not at all', async t => {
  t.same(faultsOf({ CLOUDINARY_API_KEY: 'k' }), [
    'CLOUDINARY_CLOUD_NAME: expected set together with the other two',
    'CLOUDINARY_API_SECRET: expected set together with the other two',
  ])
  t.same(faultsOf({ CLOUDINARY_CLOUD_NAME: 'n', CLOUDINARY_API_KEY: 'k', CLOUDINARY_API_SECRET: 's' }), [])
})

t.test('a wrong setting is named in one line that does not hold its value', async t => {
  const wrong: Record<string, string[]> = {
    PORT: ['http', '65536', '-1', '1.5'],
    NODE_ENV: ['prod'],
    DATABASE_URL: ['mysql://hunter2@db', 'db.example', 'postgres://hunter2@[db', 'postgresql://db:hunter2/convo'],
    PUBLIC_URL: ['chat.example', 'https://chat.example/?x', 'https://a.example,https://b.example', ' '],
    REDIS_URL: ['hunter2', 'http://redis', 'redis://redis:hunter2'],
    JWT_SECRET: ['hunter2'],
    GOOGLE_CLIENT_ID: [',', ' ', 'hunter2 other', 'web,an droid'],
    FRONTEND_URL: ['*', 'localhost:5173', 'https://a.example,b', ',', 'https://*.example.com', 'ionic://'],
    RATE_LIMIT_MAX: ['-1', 'many', '0.5'],
    TRUST_PROXY: ['true', 'proxy.example', '10.0.0.0/40', ' '],
    SHUTDOWN_GRACE_MS: ['5s', '-1', '0.5', '300001'],
    LOG_LEVEL: ['loud'],
    MIGRATE_ON_START: ['yes', '1'],
  }
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      t.same(faultsOf({ [name]: value }), [`${name}: expected ${settings[name]!.expected}`], `${name}=${value}`)
    }
  }
})

t.test('all faults are told at once', async t => {
  const faults = faultsOf({
    NODE_ENV: 'production', PORT: 'x', LOG_LEVEL: 'x', JWT_SECRET: 'short', CLOUDINARY_API_KEY: 'k',
  })
  t.same(faults.map(fault => fault.split(':')[0]), [
    'PORT', 'JWT_SECRET', 'LOG_LEVEL', 'DATABASE_URL', 'GOOGLE_CLIENT_ID', 'CLOUDINARY_CLOUD_NAME',
    'CLOUDINARY_API_SECRET',
  ])
  t.throws(() => readConfig({ PORT: 'x', LOG_LEVEL: 'x' }), {
    name: 'ConfigError',
    message: 'PORT: expected a port number\nLOG_LEVEL: expected trace, debug, info, warn, error, fatal or silent',
  })
})

t.test('every setting says what it is for and what a wrong one should have been', async t => {
  for (const [name, { description, expected }] of Object.entries(settings)) {
    t.match(description, /\.$/, `${name} is described`)
    t.ok(expected, `${name} says what it expects`)
  }
})
