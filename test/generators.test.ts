/** What the description is for: clients that others' generators write. They compile, and can be used. */
import { execFile } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { createClient } from '@hey-api/openapi-ts'
import { build } from 'esbuild'
import { generateSource } from 'oazapfts'
import t from 'tap'
import type { Conversation } from '../src/modules/conversations/schemas.ts'
import type { Message } from '../src/modules/messages/schemas.ts'
import type { Me } from '../src/modules/users/schemas.ts'
import { call, createFolder, startServer } from './support/server.ts'

const root = join(import.meta.dirname, '..')
const run = promisify(execFile)

type Use = (url: string, otherId: string) => Promise<{ me: Me, conversation: Conversation, message: Message }>

interface Generator { generate: (description: string, folder: string) => Promise<unknown>, use: string }

/** By the folder that a generator writes into: how it is started, and how what it wrote is used. */
const generators: Record<string, Generator> = {
  'hey-api': {
    generate: (input, path) => createClient({
      input,
      output: path,
      plugins: ['@hey-api/typescript', '@hey-api/sdk', '@hey-api/client-fetch'],
      logs: { level: 'silent', file: false },
    }),
    use: `
      import { client } from './hey-api/client.gen'
      import { createIdToken, openDirectConversation, sendMessage, signIn } from './hey-api'
      import type { Conversation, Error, Me, Message, NewMessage } from './hey-api'

      interface Talk { me: Me, conversation: Conversation, message: Message }

      export async function use (baseUrl: string, userId: string): Promise<Talk> {
        client.setConfig({ baseUrl, throwOnError: true })
        const throwOnError = true
        const { data: { idToken } } = await createIdToken({
          body: { email: 'hey-api@example.com', name: 'Hey' }, throwOnError,
        })
        const refused = await signIn({ body: { idToken: 'nonsense' }, throwOnError: false })
        const error: Error | undefined = refused.error
        if (error?.code !== 'UNAUTHENTICATED') throw new globalThis.Error(\`not refused: \${error?.code}\`)
        const { data: { user: me, token } } = await signIn({ body: { idToken }, throwOnError })
        client.setConfig({ auth: token })
        const { data: { conversation } } = await openDirectConversation({ body: { userId }, throwOnError })
        const body: NewMessage = { text: 'Hello' }
        const { data: { message } } = await sendMessage({ path: { id: conversation.id }, body, throwOnError })
        return { me, conversation, message }
      }`,
  },
  oazapfts: {
    async generate (description, path) {
      await mkdir(path)
      await writeFile(join(path, 'index.ts'), await generateSource(description))
    },
    use: `
      import { ok } from '@oazapfts/runtime'
      import { createIdToken, defaults, openDirectConversation, sendMessage, signIn } from './oazapfts'
      import type { Conversation, Error, Me, Message, NewMessage } from './oazapfts'

      interface Talk { me: Me, conversation: Conversation, message: Message }

      export async function use (baseUrl: string, userId: string): Promise<Talk> {
        defaults.baseUrl = baseUrl
        const { idToken } = await ok(createIdToken({ email: 'oazapfts@example.com', name: 'Oaz' }))
        const refused = await signIn({ idToken: 'nonsense' })
        const error: Error | undefined = refused.status === 401 ? refused.data as Error : undefined
        if (error?.code !== 'UNAUTHENTICATED') throw new globalThis.Error(\`not refused: \${error?.code}\`)
        const { user: me, token } = await ok(signIn({ idToken }))
        defaults.headers = { authorization: \`Bearer \${token}\` }
        const { conversation } = await ok(openDirectConversation({ userId }))
        const newMessage: NewMessage = { text: 'Hello' }
        const { message } = await ok(sendMessage(conversation.id, newMessage))
        return { me, conversation, message }
      }`,
  },
}
const names = Object.keys(generators)

const compilerOptions = {
  strict: true,
  target: 'es2024',
  module: 'esnext',
  moduleResolution: 'bundler',
  lib: ['es2024', 'dom', 'dom.iterable'],
  types: [],
  skipLibCheck: true,
  noEmit: true,
}

const server = await startServer(t)
const folder = await createFolder(t)
await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
const description = join(folder, 'openapi.json')
await writeFile(description, JSON.stringify((await call(`${server.url}/docs/openapi.json`, 'GET')).body))
for (const [name, { generate, use }] of Object.entries(generators)) {
  await generate(description, join(folder, name))
  await writeFile(join(folder, `use-${name}.ts`), use)
}

t.test('what generators write compiles, together with those who use it by good names', async t => {
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts', ...names] }))
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const { stdout } = await run(process.execPath, [compiler, '--project', folder])
    .catch((error: { stdout: string }) => error)
  t.equal(stdout, '')
})

for (const name of names) {
  t.test(`a client of ${name} signs in, opens a conversation and sends a message`, async t => {
    const bob = await server.signIn()
    const outfile = join(folder, `use-${name}.mjs`)
    await build({
      entryPoints: [join(folder, `use-${name}.ts`)], outfile, bundle: true, format: 'esm', platform: 'node',
    })
    const { use } = await import(pathToFileURL(outfile).href) as { use: Use }
    const { me, conversation, message } = await use(server.url, bob.id)
    t.match(conversation, { type: 'direct', otherUser: { id: bob.id } })
    t.match(message, { conversationId: conversation.id, senderId: me.id, text: 'Hello', seq: 1 })
    t.match((await bob.get(`/conversations/${conversation.id}`)).body.messages, [{ id: message.id }])
  })
}
