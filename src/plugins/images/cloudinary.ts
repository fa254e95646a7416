import { v2 as cloudinary, type ConfigOptions, type UploadApiOptions, type UploadApiResponse } from 'cloudinary'
import { Unavailable } from '../../errors.ts'
import type { ImageStore } from './store.ts'

const options: UploadApiOptions = {
  folder: 'convo',
  resource_type: 'image',
  timeout: 10_000,
  // As large as it comes: it was scaled down when it was decoded.
  transformation: [{ quality: 'auto' }, { fetch_format: 'auto' }],
}

type Account = Required<Pick<ConfigOptions, 'cloud_name' | 'api_key' | 'api_secret'>>

/** Keeps images at Cloudinary; uploads are signed here, so the account takes none from anybody else. */
export function createCloudinaryStore (account: Account): ImageStore {
  cloudinary.config({ ...account, secure: true })
  return {
    put: image => new Promise((resolve, reject) => {
      const done = (_error: unknown, result?: UploadApiResponse) => {
        if (result?.secure_url) resolve(result.secure_url)
        else reject(new Unavailable('The image could not be stored, try again shortly.'))
      }
      cloudinary.uploader.upload_stream(options, done).on('error', done).end(image)
    }),
  }
}
