import { globSync } from 'node:fs'

const sources = globSync('{src,client/src}/**/*.ts')

/** Chance, faults and crowds reach much that they do not check; and they take twice as long while it is counted. */
const isTestOfWhole = file => /^test\/(faults|fuzz|model)\/|^test\/nodes\/(kill|restart)|^test\/security\/matrix/.test(file)

/** What is to be covered is src, by whatever test that aims at it; scripts that tests make use of are not. */
export default file => isTestOfWhole(file) ? null : sources
