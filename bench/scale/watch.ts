import { createDatabase, type Database } from '../../src/db.ts'
import { createPool } from './database.ts'
import { median } from './report.ts'

interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Actual Loops': number
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: PlanNode[]
}
interface Look { ms: number, plan: PlanNode }

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]
const isPartition = ({ 'Relation Name': name }: PlanNode) => /^messages_p\d+$/.test(name ?? '')

/** How many partitions one look-up of a statement goes through; 0 if it reads no partition. */
function partitionsPerLook (node: PlanNode): number {
  if (isPartition(node) && node['Node Type'].endsWith('Scan')) return node['Actual Loops'] > 0 ? 1 : 0
  if (/^(Merge )?Append$/.test(node['Node Type'])) {
    const scans = nodesOf(node).filter(isPartition)
    if (scans.length > 0) {
      return node['Actual Loops'] === 0
        ? 0
        : scans.reduce((sum, scan) => sum + scan['Actual Loops'], 0) / node['Actual Loops']
    }
  }
  return Math.max(0, ...(node.Plans ?? []).map(partitionsPerLook))
}

const waysOf = ({ plan }: Look) => nodesOf(plan)
  .filter(
    node => /^messages(_p\d+)?$/.test(
      node['Relation Name'] ?? ''
    ) && node['Actual Loops'] > 0 && node['Node Type'].endsWith('Scan')
  )
  .map(node => node['Node Type'])

export interface Seen { blocks: number, ms: number, partitions: number, ways: string[] }

/**
 * Carries out statements as the server does, prepared and with the plans it comes to use, and has PostgreSQL
 * say how (auto_explain).
 */
export class Observer {
  readonly db
  readonly pool
  #looks: Look[] = []

  constructor (url: string, searchPath = 'public') {
    const settings = {
      session_preload_libraries: 'auto_explain',
      'auto_explain.log_min_duration': '0',
      'auto_explain.log_analyze': 'on',
      'auto_explain.log_buffers': 'on',
      'auto_explain.log_timing': 'off',
      'auto_explain.log_format': 'json',
      'auto_explain.log_level': 'notice',
      search_path: searchPath,
    }
    this.pool = createPool(url, 1, Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`).join(' '))
    this.pool.on('connect', client => {
      client.on('notice', ({ message }) => {
        const [, ms, plan] = /^duration: ([\d.]+) ms {2}plan:\n([^]*)$/.exec(message ?? '') ?? []
        if (plan !== undefined) this.#looks.push({ ms: Number(ms), plan: JSON.parse(plan).Plan })
      })
    })
    this.db = createDatabase(this.pool)
  }

  /** The median of what it takes, once PostgreSQL has settled for a plan: that is after five times. */
  async watch (use: (db: Database, i: number) => Promise<unknown>): Promise<Seen> {
    const seen: Seen[] = []
    for (let i = 0; i < 11; i++) {
      this.#looks = []
      await use(this.db, i)
      if (i < 6) continue
      seen.push({
        ms: this.#looks.reduce((sum, { ms }) => sum + ms, 0),
        blocks: this.#looks.reduce((sum, { plan }) => sum + plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], 0),
        partitions: Math.max(...this.#looks.map(({ plan }) => partitionsPerLook(plan))),
        ways: [...new Set(this.#looks.flatMap(waysOf))],
      })
    }
    return { ...seen.at(-1)!, blocks: median(seen.map(({ blocks }) => blocks)), ms: median(seen.map(({ ms }) => ms)) }
  }
}
