/** The cells of the matrix: each a call to make, by whom, and what is to come of it. */
import type { Operation } from './inventory.ts'
import type { Entry, Outcome } from './matrix.ts'
import { roles, type Hand, type Kind, type World } from './world.ts'

export interface Cell {
  name: string
  operation: Operation
  entry: Entry
  parameter: string | undefined
  hand: Hand
  outcome: Outcome
  values: Record<string, unknown>
  /** The same with an id that does not exist. */
  unknownValues: Record<string, unknown>
}

async function valuesOf (entry: Entry, hand: Hand): Promise<Record<string, unknown>> {
  const values = typeof entry.with === 'function' ? await entry.with(hand) : entry.with
  return { ...values }
}

async function cellsOf (
  world: World, operation: Operation, entry: Entry, outcomes: Record<string, Outcome>, parameter?: string, kind?: Kind
): Promise<Cell[]> {
  const cells: Cell[] = []
  for (const role of roles) {
    for (const hand of await world.hands(kind, role)) {
      const values = await valuesOf(entry, hand)
      const scene = world.scenes.find(({ id }) => id === hand.place)!.name
      const given = parameter === undefined ? [] : [`${parameter} = ${kind}`]
      cells.push({
        name: [`${role} ${hand.who.user.name}`, ...given, `at ${scene}`].join(', '),
        operation,
        entry,
        parameter,
        hand,
        outcome: outcomes[role]!,
        values: parameter === undefined ? values : { ...values, [parameter]: hand.value },
        unknownValues: parameter === undefined ? values : { ...values, [parameter]: hand.unknown },
      })
    }
  }
  return cells
}

export async function cellsFor (world: World, operation: Operation, entries: Entry[]): Promise<Cell[]> {
  const cells: Cell[] = []
  for (const entry of entries) {
    if (entry.roles) cells.push(...await cellsOf(world, operation, entry, entry.roles))
    for (const [parameter, kinds] of Object.entries(entry.ids ?? {})) {
      for (const [kind, outcomes] of Object.entries(kinds)) {
        cells.push(...await cellsOf(world, operation, entry, outcomes, parameter, kind as Kind))
      }
    }
  }
  return cells
}

/** What of the server's operations the matrix does not speak of: those it lacks, and ids that they take. */
export function missingFrom (
  matrix: Record<string, Entry[]>, operations: Operation[], idsOf: (operation: Operation) => string[]
): string[] {
  return operations.flatMap(operation => {
    const entries = matrix[operation.name]
    if (!entries) return [operation.name]
    const known = entries.flatMap(({ ids = {} }) => Object.keys(ids))
    return idsOf(operation).filter(name => !known.includes(name)).map(name => `${operation.name}: ${name}`)
  })
}
