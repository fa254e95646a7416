import { isUtf8 } from 'node:buffer'
import { Ajv, type ErrorObject } from 'ajv'
import type { Static, TSchema } from '@sinclair/typebox'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { ValidationFailed } from '../errors.ts'
import { addFormats } from '../lib/formats.ts'
import { omitNulls } from '../lib/omit-nulls.ts'

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

/** As much of a key as an error shows. */
const longestKey = 50

function explain (fault: ErrorObject, part: string): string {
  const where = [part, ...fault.instancePath.split('/').slice(1)].join('.')
  const { additionalProperty } = fault.params as { additionalProperty?: string }
  if (additionalProperty === undefined) return `${where} ${fault.message}`
  return `${where} has an unknown key: ${JSON.stringify(additionalProperty.slice(0, longestKey))}`
}

/** Compiles a schema into a function that says what is wrong with its input. */
function compileStrict (schema: TSchema, part: string): (input: unknown) => Error | undefined {
  const validate = strict.compile(schema)
  return input => {
    omitNulls(schema, input)
    return validate(input) ? undefined : new ValidationFailed(explain(validate.errors![0]!, part))
  }
}

const validation: FastifyPluginAsync = async app => {
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => {
    if (httpPart !== 'body') return coercing.compile(schema)
    const findFault = compileStrict(schema, 'body')
    return input => {
      const error = findFault(input)
      return error ? { error } : true
    }
  })
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
    const findFault = compileStrict(schema, 'payload')
    return (input: unknown): Static<T> => {
      const fault = findFault(input)
      if (fault) throw fault
      return input
    }
  })
}

export default fp(validation, { name: 'validation' })
