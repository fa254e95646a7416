import { globSync } from 'node:fs'

const sources = globSync('{src,client/src}/**/*.ts')

/** What is to be covered is src, by whatever test; scripts that tests make use of are not. */
export default () => sources
