/** Looks at everything there is, by every way there is, as each person. */
import { ask } from '../faults/load.ts'
import type { Account } from '../reference-client.ts'
import { replyFaults } from './answers.ts'
import type { World } from './world.ts'

type Reading = (path: string, query?: Record<string, unknown>) => Promise<any>

/** Everything that a list has, page by page. */
async function readPages (read: Reading, path: string, key: string, limit: number): Promise<any[]> {
  const items: any[] = []
  let cursor: string | undefined
  do {
    const page = await read(path, { limit, ...cursor !== undefined && { cursor } })
    items.push(...page[key])
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  return items
}

async function readByNumber (read: Reading, path: string): Promise<any[]> {
  const items: any[] = []
  for (let page = { messages: [] as any[], hasMore: true }; page.hasMore; items.push(...page.messages)) {
    page = await read(path, { afterSeq: items.at(-1)?.seq ?? 0, limit: 100 })
  }
  return items
}

export interface Read { users: number, groups: number, conversations: number, messages: number, changes: number }

export async function readEverything ({ people, document }: World): Promise<{ faults: string[], read: Read }> {
  const faults: string[] = []
  const read: Read = { users: 0, groups: 0, conversations: 0, messages: 0, changes: 0 }

  async function look (
    person: Account, method: string, pattern: string, id = '', query = {}, json?: object
  ): Promise<any> {
    const search = new URLSearchParams(query).toString()
    const path = `${pattern.replace('{id}', id)}?${search}`.replace(/\?$/, '')
    const { status, headers, body } = await ask(person, method, path, json)
    const { responses } = document.paths[`/api/v1${pattern}`][method.toLowerCase()]
    const found = replyFaults(responses, { status, headers: Object.fromEntries(headers), text: JSON.stringify(body) })
    if (status > 201) found.push(`answered ${JSON.stringify(body)}`)
    faults.push(...found.map(fault => `${method} ${pattern} ${id} ${search}: ${fault}`))
    return body
  }

  async function readConversation (person: Account, id: string, lastSeq: number): Promise<void> {
    await readPages((pattern, query) => look(person, 'GET', pattern, id, query), '/conversations/{id}', 'messages', 30)
    const messages = await readByNumber(
      (pattern, query) => look(person, 'GET', pattern, id, query), '/conversations/{id}/messages'
    )
    if (messages.length !== lastSeq) faults.push(`${messages.length} of ${lastSeq} messages in ${id}`)
    read.messages += messages.length
  }

  async function sync (person: Account, ids: string[]): Promise<void> {
    let conversations: Record<string, number> = Object.fromEntries(ids.map(id => [id, 0]))
    for (let isLimited = true; isLimited;) {
      const { changed } = await look(person, 'POST', '/sync', '', {}, { conversations, ownVersion: 0 })
      read.changes += changed.length
      isLimited = changed.some(({ limited }: { limited: boolean }) => limited)
      conversations = {
        ...conversations,
        ...Object.fromEntries(
          changed.map(
            ({ conversation, messages }: any) => [conversation.id, messages.at(-1)?.version ?? conversation.version]
          )
        )
      }
    }
    await look(person, 'POST', '/sync', '', {}, { conversations: {} })
  }

  for (const person of people) {
    const pages = (pattern: string, key: string, limit: number) =>
      readPages((pattern, query) => look(person, 'GET', pattern, '', query), pattern, key, limit)
    const users = await pages('/users', 'users', 50)
    for (const { id } of users) await look(person, 'GET', '/users/{id}', id)
    const conversations = await pages('/conversations', 'conversations', 20)
    const { joined } = await look(person, 'GET', '/groups')
    const groups = [...joined, ...await pages('/groups', 'discover', 20)]
    for (const { id } of groups) {
      await readPages((pattern, query) => look(person, 'GET', pattern, id, query), '/groups/{id}', 'members', 2)
    }
    for (const { id, lastSeq } of conversations) await readConversation(person, id, lastSeq)
    await sync(person, conversations.map(({ id }) => id))
    read.users += users.length
    read.groups += groups.length
    read.conversations += conversations.length
  }
  return { faults, read }
}
