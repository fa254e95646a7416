/**
 * Writes the settings into README.md and .env.example, between their markers, from the schema that
 * the server reads them by. With --check it writes nothing and fails where a file differs.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { SettingsSchema } from '../src/config.ts'

interface Setting { name: string, fallback: string, description: string, values: string }

const properties = Object.entries(SettingsSchema.properties)
const settings = properties.map(([name, { default: fallback = '', description, expected }]): Setting =>
  ({ name, fallback: String(fallback), description: description!, values: expected }))

const cell = (text: string) => text.replaceAll('|', '\\|')

const table = [
  '| Variable | Default | Meaning |',
  '|---|---|---|',
  ...settings.map(
    ({ name, fallback, description }) => `| \`${name}\` | ${fallback && `\`${fallback}\``} | ${cell(description)} |`
  ),
].join('\n')

const example = settings
  .map(({ name, fallback, description, values }) => `# ${description}\n# Expected: ${values}.\n#${name}=${fallback}`)
  .join('\n\n')

const files = [
  {
    path: 'README.md',
    begin: '<!-- settings: written by npm run docs:settings -->',
    end: '<!-- /settings -->',
    text: table,
  },
  { path: '.env.example', begin: '# settings: written by npm run docs:settings', end: '# /settings', text: example },
]

function replaceBetween (content: string, begin: string, end: string, text: string, path: string): string {
  const [from, to] = [content.indexOf(begin), content.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${path} lacks the markers "${begin}" and "${end}".`)
  return `${content.slice(0, from)}${begin}\n${text}\n${content.slice(to)}`
}

const check = process.argv.includes('--check')
for (const { path, begin, end, text } of files) {
  const file = new URL(`../${path}`, import.meta.url)
  const content = await readFile(file, 'utf8')
  const wanted = replaceBetween(content, begin, end, text, path)
  if (content === wanted) continue
  if (!check) {
    await writeFile(file, wanted)
    console.log(`${path}: written`)
  } else {
    console.error(`${path}: its settings differ from src/config.ts; run npm run docs:settings`)
    process.exitCode = 1
  }
}
