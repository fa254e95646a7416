/** Where images are kept. */
export interface ImageStore {
  /** Stores an encoded image and returns the address under which anyone can load it. */
  put(image: Buffer): Promise<string>
}
