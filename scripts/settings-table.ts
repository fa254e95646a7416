/**
 * Writes the settings into docs/configuration.md and .env.example, between their markers, from the schema that
 * the server reads them by. With --check it writes nothing and fails where a file differs.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { SettingsSchema } from '../src/config.ts'

interface Setting { name: string, fallback: string, description: string, values: string }

const settings = Object.entries(SettingsSchema.properties).map(
  ([name, { default: fallback = '', description, expected }]): Setting =>
    ({ name, fallback: String(fallback), description: description!, values: String(expected) }))

const longestLine = 120

/** Breaks a text into lines; each of them begins with `prefix`. */
function wrap (text: string, prefix = ''): string {
  const lines = ['']
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)}${lines.at(-1) && ' '}${word}`
    if (prefix.length + longer.length > longestLine) lines.push(word)
    else lines[lines.length - 1] = longer
  }
  return lines.map(line => `${prefix}${line}`).join('\n')
}

const list = settings
  .map(({ name, fallback, description, values }) => {
    const facts = [...fallback ? [`- Default: \`${fallback}\``] : [], `- Expected: ${values}`]
    return `\n### ${name}\n\n${wrap(description)}\n\n${facts.join('\n')}\n`
  })
  .join('')

const example = settings
  .map(({ name, fallback, description, values }) =>
    `${wrap(description, '# ')}\n# Expected: ${values}.\n#${name}=${fallback}`)
  .join('\n\n')

const files = [
  {
    path: 'docs/configuration.md',
    begin: '<!-- settings: written by npm run docs:settings -->',
    end: '<!-- /settings -->',
    text: list,
  },
  {
    path: '.env.example',
    begin: '# settings: written by npm run docs:settings',
    end: '# /settings',
    text: example,
  },
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
