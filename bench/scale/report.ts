export const million = (count: number) => `${(count / 1e6).toLocaleString('en')} M`
export const round = (value: number, digits = 0) => value.toLocaleString('en', { maximumFractionDigits: digits })
export const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

export function say (line: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${line}`)
}

export function print (title: string, head: string[], rows: Array<Array<string | number>>): void {
  console.log(`\n**${title}**\n\n| ${head.join(' | ')} |\n|${'---|'.repeat(head.length)}`)
  for (const row of rows) console.log(`| ${row.join(' | ')} |`)
}
