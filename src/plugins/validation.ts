import { isUtf8 } from 'node:buffer'
import { Ajv, type ErrorObject } from 'ajv'
import type { Static, TSchema } from '@sinclair/typebox'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { ValidationFailed } from '../errors.ts'
import { addFormats } from '../lib/formats.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Compiles a schema into a function that returns its input, typed, or throws VALIDATION_FAILED. */
    compile<T extends TSchema>(schema: T): (input: unknown) => Static<T>
  }
}

// What arrives as JSON is taken as it is. Query strings and params are strings, so they are converted.
const strict = addFormats(
  new Ajv({ coerceTypes: false, removeAdditional: false, allErrors: false, allowUnionTypes: true })
)
const coercing = addFormats(
  new Ajv({ coerceTypes: 'array', removeAdditional: false, allErrors: false, allowUnionTypes: true })
)

function explain (fault: ErrorObject, part: string): string {
  const where = [part, ...fault.instancePath.split('/').slice(1)].join('.')
  const { additionalProperty } = fault.params as { additionalProperty?: string }
  return additionalProperty === undefined ? `${where} ${fault.message}` : `${where} has an unknown key`
}

const validation: FastifyPluginAsync = async app => {
  app.setValidatorCompiler(({ schema, httpPart }) => (httpPart === 'body' ? strict : coercing).compile(schema))
  app.setSchemaErrorFormatter((faults, part) => new ValidationFailed(explain(faults[0] as ErrorObject, part)))

  // JSON alone; and none at all where none is needed, since many clients send the header regardless.
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined)
    // Decoded as it is, something else would be stored than was sent.
    else if (!isUtf8(body)) done(new ValidationFailed('The body is not UTF-8.'))
    else void parseJson(request, body.toString(), done)
  })

  app.decorate('compile', <T extends TSchema>(schema: T) => {
    const validate = strict.compile<Static<T>>(schema)
    return (input: unknown): Static<T> => {
      if (!validate(input)) throw new ValidationFailed(explain(validate.errors![0]!, 'payload'))
      return input
    }
  })
}

export default fp(validation, { name: 'validation' })
