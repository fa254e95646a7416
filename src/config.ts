import { Ajv, type ErrorObject } from 'ajv'
import { Type, type Static } from '@sinclair/typebox'
import { addFormats, splitList } from './lib/formats.ts'
import { withoutSlash } from './lib/origins.ts'

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

/**
 * Every setting: its default, what it is for, and what a wrong value is told to be. The list in
 * docs/configuration.md is made from it.
 */
export const SettingsSchema = Type.Object({
  PORT: Type.Integer({
    default: 3001,
    minimum: 0,
    maximum: 65535,
    description: 'Port to listen on; 0 takes any free one.',
    expected: 'a port number',
  }),
  HOST: Type.Optional(Type.String({
    description: 'Address to listen on. 127.0.0.1 in development, 0.0.0.0 in production.',
    expected: 'an address',
  })),
  NODE_ENV: Type.Union([Type.Literal('development'), Type.Literal('production'), Type.Literal('test')], {
    default: 'development',
    description: 'Development brings its own PostgreSQL and sign-in; production refuses to.',
    expected: 'development, production or test',
  }),
  DATABASE_URL: Type.Optional(Type.String({
    format: 'url',
    pattern: '^postgres(ql)?://',
    description: 'PostgreSQL 15 or newer. Unset: an embedded one in DATA_DIR (refused in production).',
    expected: 'a postgresql:// address',
  })),
  DATA_DIR: Type.String({
    default: '.convo',
    minLength: 1,
    description: 'Folder for the embedded database, generated secrets and, without Cloudinary, images.',
    expected: 'a folder',
  }),
  PUBLIC_URL: Type.Optional(Type.String({
    format: 'public-url',
    description: 'Address under which clients reach this server; it begins the addresses of images kept in DATA_DIR. ' +
      'Its path, if it has one, is what a proxy takes off. Unset: the address it listens on.',
    expected: 'an http(s) address such as https://chat.example.com or https://example.com/chat',
  })),
  REDIS_URL: Type.Optional(Type.String({
    format: 'url',
    pattern: '^rediss?://',
    description: 'Redis 7 or newer (or Valkey), through which several nodes work as one. Unset: one node.',
    expected: 'a redis:// address',
  })),
  JWT_SECRET: Type.Optional(Type.String({
    minLength: 32,
    description: 'Key that signs tokens, 32 characters or more. Unset: generated once and kept in DATA_DIR (refused ' +
      'in production).',
    expected: 'at least 32 characters',
  })),
  JWT_EXPIRES_IN: Type.String({
    default: '7d',
    pattern: '^[1-9][0-9]{0,5}[smhd]$',
    description: 'How long a sign-in lasts.',
    expected: 'a duration such as 30m, 12h or 7d',
  }),
  GOOGLE_CLIENT_ID: Type.Optional(Type.String({
    format: 'list',
    description: 'OAuth client ids (comma-separated) whose ID tokens are accepted: one for each kind of client. ' +
      'Unset: the development sign-in (refused in production).',
    expected: 'a list of client ids',
  })),
  CLOUDINARY_CLOUD_NAME: Type.Optional(Type.String({
    description: 'Cloudinary account for images. All three unset: images are kept in DATA_DIR.',
    expected: 'set together with the other two',
  })),
  CLOUDINARY_API_KEY: Type.Optional(Type.String({
    description: 'Cloudinary API key.',
    expected: 'set together with the other two',
  })),
  CLOUDINARY_API_SECRET: Type.Optional(Type.String({
    description: 'Cloudinary API secret.',
    expected: 'set together with the other two',
  })),
  FRONTEND_URL: Type.String({
    default: 'http://localhost:5173',
    format: 'origins',
    description: 'Origins (comma-separated) whose pages may call the API and open sockets, those of apps included. ' +
      'The server\'s own need not be among them.',
    expected: 'a list of origins such as https://chat.example.com or capacitor://localhost, without wildcards',
  }),
  RATE_LIMIT_MAX: Type.Integer({
    default: 1200,
    minimum: 0,
    description: 'Requests and socket events per minute and caller; 0 switches limits off, those of open sockets ' +
      'too. Sign-in gets a tenth, uploads a twentieth.',
    expected: 'a whole number, 0 or more',
  }),
  TRUST_PROXY: Type.Optional(Type.String({
    format: 'networks',
    description: 'Proxies (comma-separated addresses or networks) whose X-Forwarded-* headers are believed.',
    expected: 'a list of IP addresses or networks',
  })),
  SHUTDOWN_GRACE_MS: Type.Optional(Type.Integer({
    minimum: 0,
    maximum: 300_000,
    description: 'How long everything is still served after a signal to stop, while /health/ready is 503 already, in ' +
      'milliseconds. 5000 in production, 0 otherwise.',
    expected: 'a whole number, 0 to 300000',
  })),
  LOG_LEVEL: Type.Union(logLevels.map(level => Type.Literal(level)), {
    default: 'info',
    description: 'Least level that is logged.',
    expected: 'trace, debug, info, warn, error, fatal or silent',
  }),
  MIGRATE_ON_START: Type.Boolean({
    default: true,
    description: 'Bring the database up to date at start.',
    expected: 'true or false',
  }),
})

type Settings = Static<typeof SettingsSchema>

type Converted = 'HOST' | 'JWT_EXPIRES_IN' | 'GOOGLE_CLIENT_ID' | 'FRONTEND_URL' | 'TRUST_PROXY' | 'SHUTDOWN_GRACE_MS'

/** Settings as the server uses them; `complete` in development/index.ts adds what only development may leave out. */
export interface PartialConfig extends Readonly<Omit<Settings, Converted>> {
  readonly HOST: string
  /** Seconds. */
  readonly JWT_EXPIRES_IN: number
  readonly GOOGLE_CLIENT_ID?: readonly string[]
  readonly FRONTEND_URL: readonly string[]
  readonly TRUST_PROXY: readonly string[]
  readonly SHUTDOWN_GRACE_MS: number
}

export interface Config extends PartialConfig {
  readonly DATABASE_URL: string
  readonly JWT_SECRET: string
}

/** One line per fault, each naming its variable and never its value. */
export class ConfigError extends Error {
  readonly faults: readonly string[]

  constructor (faults: readonly string[]) {
    super(faults.join('\n'))
    this.name = 'ConfigError'
    this.faults = faults
  }
}

const ajv = addFormats(
  new Ajv({ allErrors: true, coerceTypes: true, useDefaults: true, removeAdditional: 'all', keywords: ['expected'] })
)
const validate = ajv.compile<Settings>(SettingsSchema)

const secondsPer: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }
const toSeconds = (duration: string) => Number(duration.slice(0, -1)) * secondsPer[duration.slice(-1)]!

const cloudinaryNames = ['CLOUDINARY_CLOUD_NAME', 'CLOUDINARY_API_KEY', 'CLOUDINARY_API_SECRET'] as const

const describe = (name: string) => `${name}: expected ${SettingsSchema.properties[name as keyof Settings].expected}`

/** The settings whose values do not fit; a value that fits no alternative has several errors, but is one fault. */
const faultyNames = (errors: ErrorObject[]) => [...new Set(errors.map(error => error.instancePath.slice(1)))]

function combinationFaults (settings: Settings): string[] {
  const faults: string[] = []
  if (settings.NODE_ENV === 'production') {
    for (const name of ['DATABASE_URL', 'JWT_SECRET', 'GOOGLE_CLIENT_ID'] as const) {
      if (settings[name] === undefined) faults.push(`${name}: required in production`)
    }
  }
  const missing = cloudinaryNames.filter(name => settings[name] === undefined)
  if (missing.length < cloudinaryNames.length) faults.push(...missing.map(describe))
  return faults
}

/** Reads the settings from environment variables; empty ones count as unset. Throws ConfigError with every fault. */
export function readConfig (env: Record<string, string | undefined>): PartialConfig {
  const settings = Object.fromEntries(Object.entries(env).filter(([, value]) => value)) as unknown as Settings
  const faults = validate(settings) ? [] : faultyNames(validate.errors!).map(describe)
  faults.push(...combinationFaults(settings))
  if (faults.length > 0) throw new ConfigError(faults)
  const isProduction = settings.NODE_ENV === 'production'
  const { GOOGLE_CLIENT_ID: clientIds, ...others } = settings
  return Object.freeze({
    ...others,
    HOST: settings.HOST ?? (isProduction ? '0.0.0.0' : '127.0.0.1'),
    JWT_EXPIRES_IN: toSeconds(settings.JWT_EXPIRES_IN),
    ...settings.PUBLIC_URL !== undefined && { PUBLIC_URL: withoutSlash(settings.PUBLIC_URL) },
    ...clientIds !== undefined && { GOOGLE_CLIENT_ID: splitList(clientIds) },
    FRONTEND_URL: splitList(settings.FRONTEND_URL).map(withoutSlash),
    TRUST_PROXY: splitList(settings.TRUST_PROXY ?? ''),
    SHUTDOWN_GRACE_MS: settings.SHUTDOWN_GRACE_MS ?? (isProduction ? 5_000 : 0),
  })
}
