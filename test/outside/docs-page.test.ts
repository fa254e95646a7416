import t from 'tap'
import { openPage, withoutBrowser } from '../support/browser.ts'
import { call, startServer } from '../support/server.ts'

const server = await startServer(t)

t.test('the pages for people have Convo\'s title and icon', async t => {
  for (const [path, title] of [['', 'Convo'], ['docs', 'Convo'], ['docs/events', 'Convo, events']] as const) {
    const { body } = await call(`${server.url}/${path}`, 'GET')
    t.match(body, `<title>${title}</title>`)
    const icons = [...body.matchAll(/<link rel="icon" type="image\/svg\+xml" href="([^"]+)"/g)].map(([, href]) => href!)
    t.equal(icons.length, 1, path)
    const { status, headers, body: icon } = await call(new URL(icons[0], `${server.url}/${path}`).href, 'GET')
    t.same([status, headers.get('content-type')], [200, 'image/svg+xml'])
    t.match(icon, /^<svg /)
  }
})

t.test('"Try it" fills in nothing that would not be found', { skip: withoutBrowser }, async t => {
  const page = await openPage(t)
  await page.goto(`${server.url}/docs`)
  t.equal(await page.title(), 'Convo')
  t.match(await page.locator('.topbar-wrapper img').getAttribute('src'), /^data:image\/svg\+xml;base64,/)

  async function filledIn (operation: string, ...parameters: string[]): Promise<string[]> {
    const block = page.locator(`#operations-${operation}`)
    await block.locator('.opblock-summary-control').click()
    await block.getByRole('button', { name: 'Try it out' }).click()
    return Promise.all(parameters.map(name => block.locator(`tr[data-param-name="${name}"] input`).inputValue()))
  }
  t.same(await filledIn('users-listUsers', 'search', 'limit', 'cursor'), ['', '50', ''])
  t.same(await filledIn('messages-listReactions', 'id', 'emoji', 'cursor'), ['', '👍', ''])
  t.same(await filledIn('groups-getGroup', 'id', 'cursor'), ['01970000-0000-7000-8000-000000000001', ''])
})

t.test('the front page leads people on, styled as it is', { skip: withoutBrowser }, async t => {
  const page = await openPage(t)
  const complaints: string[] = []
  page.on('console', message => complaints.push(message.text()))
  await page.goto(server.url)
  t.equal((await page.locator('main').boundingBox())!.width, 512)
  t.same(complaints, [])
  for (const [name, title] of [['The API', 'Convo'], ['Live events', 'Convo, events']] as const) {
    await page.goto(server.url)
    await page.getByRole('link', { name }).click()
    await page.waitForURL(/docs/)
    t.equal(await page.title(), title)
  }
})
