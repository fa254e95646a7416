/** Does everything once that the client offers, and says what came of it. */
import { createClient, signIn } from '@convo/client'

const url = process.env.CONVO_URL
// As on a page that came over plain HTTP.
delete Object.getPrototypeOf(crypto).randomUUID

async function connect (name) {
  const body = JSON.stringify({ email: `${name}@example.com`, name })
  const headers = { 'content-type': 'application/json' }
  const google = await fetch(`${url}/dev/google/token`, { method: 'POST', headers, body })
  const { token } = await signIn(url, (await google.json()).idToken)
  return createClient({ url, token })
}

/** Resolves when something is shown. */
const shows = (chat, holds) => new Promise(resolve => {
  const check = () => { if (holds()) resolve() }
  chat.on('change', check)
  check()
})
const next = (chat, name) => new Promise(resolve => { chat.on(name, resolve) })
const codeOf = promise => promise.then(() => 'none', error => error.code)

const [ada, bob] = await Promise.all(['ada', 'bob'].map(connect))
await Promise.all([ada.online(), bob.online()])
const { conversation: { id } } = await ada.api.openDirectConversation({ userId: bob.userId })
const messagesOf = chat => chat.conversation(id)?.messages ?? []

const heard = next(bob, 'message')
await shows(ada, () => ada.conversation(id))
ada.typing(id)
await shows(bob, () => bob.conversation(id)?.typing.length === 1)
const first = await ada.send(id, { text: 'Hello' })
const { text } = await heard

await bob.api.addReaction({ id: first.id, emoji: '👍' })
await shows(ada, () => messagesOf(ada)[0].reactions.length === 1)
bob.read(id)
await shows(ada, () => messagesOf(ada)[0].status === 'read')

const refused = codeOf(ada.send(id, { text: ' ' }))
const { clientMessageId } = await next(ada, 'failed')
const again = codeOf(ada.retry(clientMessageId))
ada.discard(clientMessageId)

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQImWP4' +
  'z8AAAAMBAQCc479ZAAAAAElFTkSuQmCC'
const image = new Blob([Buffer.from(pixel, 'base64')], { type: 'image/png' })
const { imageUrl } = await ada.api.uploadImage({ image })
await ada.send(id, { imageUrl })
await shows(bob, () => messagesOf(bob).length === 2)

const signedOut = next(bob, 'signedOut')
await bob.signOut()
const { reason } = await signedOut
const closed = codeOf(bob.online())
ada.close()

const { unreadCount } = bob.conversation(id)
const codes = await Promise.all([refused, again, closed])
console.log(JSON.stringify({ text, hasOlder: await ada.loadOlder(id), unreadCount, codes, reason }))
