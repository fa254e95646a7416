export interface Advisory {
  package: string
  /** The versions without the fault, as a range. */
  safe: string
  ids: string[]
  lesson: string
}

/**
 * Faults found in packages that are used here, or might be one day. A floor is never lowered; it rises with
 * the next advisory.
 */
export const advisories: Advisory[] = [
  {
    package: '@fastify/multipart',
    safe: '>=9.0.3',
    ids: ['CVE-2025-24033'],
    lesson: 'Uploads that were broken off left their temporary files behind.',
  },
  {
    package: '@fastify/static',
    safe: '>=10.1.3',
    ids: ['CVE-2026-15074', 'CVE-2026-7120', 'GHSA-pr96-94w5-mx2h', 'GHSA-x428-ghpx-8j92'],
    lesson: 'Encoded paths reached files that were not meant to be served.',
  },
  {
    package: 'cloudinary',
    safe: '>=2.7.0',
    ids: ['CVE-2025-12613'],
    lesson: 'A value with an ampersand became a parameter of its own.',
  },
  {
    package: 'drizzle-orm',
    safe: '>=0.45.2',
    ids: ['CVE-2026-39356'],
    lesson: 'Names given to sql.identifier() and .as() were not escaped; eslint.config.js forbids both.',
  },
  {
    package: 'engine.io',
    safe: '>=6.6.9',
    ids: ['CVE-2026-59725', 'GHSA-r635-g3xr-vw7x', 'GHSA-gr94-w7qr-f4j3'],
    lesson: 'Polls that were refused kept their connections open.',
  },
  {
    package: 'fast-jwt',
    safe: '>=6.2.0',
    ids: ['CVE-2026-34950', 'CVE-2026-35039', 'CVE-2026-35042'],
    lesson: 'White space before a key let tokens choose their algorithm.',
  },
  {
    package: 'fast-uri',
    safe: '^3.1.8 || >=4.1.5',
    ids: [
      'CVE-2026-75899', 'CVE-2026-75931', 'CVE-2026-75975', 'CVE-2026-76172', 'GHSA-hrr3-gc8f-f4qj',
      'GHSA-jvvf-x445-j334',
    ],
    lesson: 'An address named another host than the one that was checked.',
  },
  {
    package: 'fastify',
    safe: '>=5.12.2',
    ids: [
      'GHSA-w2qp-rph6-63g4', 'CVE-2025-32442', 'CVE-2026-25223', 'CVE-2026-3419', 'CVE-2026-33806', 'CVE-2026-3635',
      'CVE-2026-16732',
    ],
    lesson: 'Odd spellings of a content type avoided validation; X-Forwarded-* was believed of anyone.',
  },
  {
    package: 'file-type',
    safe: '>=21.3.1',
    ids: ['CVE-2026-31808'],
    lesson: 'A file of 55 bytes was looked at for ever.',
  },
  {
    package: 'jws',
    safe: '>=4.0.1',
    ids: ['GHSA-869p-cjfg-cm3x'],
    lesson: 'Signatures made with a shared key were not always verified.',
  },
  {
    package: 'socket.io-parser',
    safe: '>=4.2.6',
    ids: ['CVE-2026-33151'],
    lesson: 'A packet could announce any number of attachments, and be waited for.',
  },
  {
    package: 'ws',
    safe: '>=8.21.0',
    ids: ['CVE-2026-48779', 'CVE-2026-45736'],
    lesson: 'Tiny fragments took far more memory than they hold.',
  },
]
