/** What each process of a test loads before all else, be it the test or a server that it starts. */
import '../src/lib/quick-imports.ts'

// tap turns them on. Node strips types in place, so there are none of ours, and to read those of all packages takes half a second.
process.setSourceMapsEnabled(false)
