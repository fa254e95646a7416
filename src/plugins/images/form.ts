import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { PayloadTooLarge, UnsupportedMediaType, ValidationFailed } from '../../errors.ts'

/** Registers what reads forms. One part beside the file is looked at, so that the error can name it. */
export async function takeForms (app: FastifyInstance): Promise<void> {
  await app.register(multipart, {
    throwFileSizeLimit: true,
    limits: { fileSize: 20 * 1024 * 1024, files: 1, fields: 1, fieldSize: 0, parts: 2, headerPairs: 20 },
  })
}

function faultOf (name: string, field: string): string {
  const only = `There must be one file, in the field "${field}"`
  return name === field
    ? `${only}, and its part needs a file name (filename="…"): without one it is text.`
    : `${only}, and nothing else: the form has a text field "${name}".`
}

/** The one file of a form. Throws PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE or VALIDATION_FAILED. */
export async function readFile (request: FastifyRequest, field: string): Promise<Buffer> {
  if (!request.isMultipart()) {
    throw new UnsupportedMediaType(`Send multipart/form-data with a file in the field "${field}".`)
  }
  let image: Buffer | undefined
  let fault: string | undefined
  try {
    // To the end of the form, where a part too many is noticed.
    for await (const part of request.parts()) {
      if (part.type === 'field') fault = faultOf(part.fieldname, field)
      else if (part.fieldname === field) image = await part.toBuffer()
      else await part.toBuffer()
    }
  } catch (error) {
    if ((error as { code?: string }).code === 'FST_REQ_FILE_TOO_LARGE') {
      throw new PayloadTooLarge('An image may have at most 20 MiB.')
    }
    image = undefined
  }
  if (fault !== undefined || !image) {
    throw new ValidationFailed(fault ?? `There must be one file, in the field "${field}", and nothing else.`)
  }
  return image
}
