import parse, { type Expression } from 'spdx-expression-parse'
import { copiesIn, type Copy, type Lock } from './lock.ts'

const permissive = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']

/** Of tools, which are not passed on with Convo. */
const forTools = [...permissive, 'CC-BY-3.0', 'CC0-1.0', 'PSF-2.0', 'Python-2.0']

/** sharp brings libvips as a library of its own, which may be replaced: that is what the LGPL asks for. */
const forSharp = [...permissive, 'LGPL-3.0-or-later']

/** Of packages that name it in a file only, or in a way that npm does not read. */
const readByHand: Record<string, string> = {
  'base64-arraybuffer@0.1.4': 'MIT',
  'jsonc-simple-parser@3.0.0': 'MIT',
  'xmlhttprequest-ssl@1.5.5': 'MIT',
  'xmlhttprequest-ssl@1.6.3': 'MIT',
  'xmlhttprequest-ssl@2.1.2': 'MIT',
}

const licenceOf = ({ name, version, license }: Copy) => license ?? readByHand[`${name}@${version}`]

function allowedFor ({ name, dev }: Copy): string[] {
  if (dev) return forTools
  return name.startsWith('@img/sharp-') ? forSharp : permissive
}

function isAllowed (expression: Expression, allowed: string[]): boolean {
  if ('license' in expression) return expression.exception === undefined && allowed.includes(expression.license)
  const { left, conjunction, right } = expression
  return conjunction === 'and'
    ? isAllowed(left, allowed) && isAllowed(right, allowed)
    : isAllowed(left, allowed) || isAllowed(right, allowed)
}

function tryParse (licence: string): Expression | undefined {
  try {
    return parse(licence)
  } catch {
    return undefined
  }
}

export function findLicences (lock: Lock): string[] {
  return copiesIn(lock).flatMap(copy => {
    const { path, version } = copy
    const licence = licenceOf(copy)
    if (licence === undefined) {
      return [`${path}: ${version} names no licence; read its files, then add it to readByHand`]
    }
    const expression = tryParse(licence)
    if (expression && isAllowed(expression, allowedFor(copy))) return []
    return [`${path}: its licence ${licence} is not among those allowed ${copy.dev ? 'for tools' : 'in production'}`]
  })
}

const row = (...cells: unknown[]) => `| ${cells.join(' | ')} |`

/** By code units, so that the page is the same in every locale. */
const compare = (one: string, other: string) => one < other ? -1 : Number(one > other)

/** The page that lists what is installed in production, on any platform. */
export function licencesPage (lock: Lock): string {
  const copies = copiesIn(lock).filter(copy => !copy.dev)
  const rows = new Set(copies.map(copy => row(copy.name, copy.version, licenceOf(copy))))
  const unique = Map.groupBy(
    new Map(copies.map(copy => [`${copy.name}@${copy.version}`, licenceOf(copy) ?? ''])), ([, licence]) => licence
  )
  return [
    '# Licences',
    '',
    'These are the packages that `npm ci --omit=dev` installs, as package-lock.json names them, those for other',
    'platforms included. `node scripts/supply-chain.ts --write` writes this page. `npm run lint` fails where it',
    'differs, and where a licence is not among those that',
    '[scripts/supply-chain/licences.ts](../scripts/supply-chain/licences.ts) allows.',
    '',
    row('Licence', 'Packages'),
    '|---|---|',
    ...[...unique].map(([licence, packages]) => row(licence, packages.length)).sort(compare),
    '',
    row('Package', 'Version', 'Licence'),
    '|---|---|---|',
    ...[...rows].sort(compare),
    '',
  ].join('\n')
}
