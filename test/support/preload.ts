/** What each process of a test loads before all else, be it the test or a server that it starts. */
import '../../src/lib/quick-imports.ts'

// tap turns source maps on, and on again. Node strips types in place, so there are none of ours, and to read
// those of all packages takes long.
process.setSourceMapsEnabled(false)
process.setSourceMapsEnabled = () => {}
