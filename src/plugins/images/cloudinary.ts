import { v2 as cloudinary, type UploadApiOptions, type UploadApiResponse } from 'cloudinary'
import type { Config } from '../../config.ts'
import { Unavailable } from '../../errors.ts'
import type { ImageStore } from './store.ts'

const options: UploadApiOptions = {
  folder: 'convo',
  resource_type: 'image',
  timeout: 10_000,
  transformation: [
    { width: 800, height: 800, crop: 'limit' },
    { quality: 'auto' },
    { fetch_format: 'auto' },
  ],
}

/** Keeps images at Cloudinary; uploads are signed here, so the account takes none from anybody else. */
export function createCloudinaryStore (config: Config): ImageStore {
  cloudinary.config({
    cloud_name: config.CLOUDINARY_CLOUD_NAME,
    api_key: config.CLOUDINARY_API_KEY,
    api_secret: config.CLOUDINARY_API_SECRET,
    secure: true,
  })
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
