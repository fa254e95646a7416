// Loaded before anything else, by any Node: what is too old must be able to read it.
const { engines } = require('../package.json')

const [major, minor] = process.versions.node.split('.').map(Number)
const [leastMajor, leastMinor] = engines.node.replace('>=', '').split('.').map(Number)

if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
  console.error('Convo needs Node ' + leastMajor + '.' + leastMinor + ' or newer, and this is ' + process.version +
    ': install it from https://nodejs.org, or run "npm ci" without "--omit=dev", which brings one.')
  process.exit(1)
}
