import { existsSync } from 'node:fs'
import { chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'

const executable = (process.env.PATH ?? '').split(':').map(folder => `${folder}/chromium`)
  .find(path => existsSync(path))

/** What tests that need a browser are to be skipped with: why, if there is none. */
export const withoutBrowser = executable ? false : 'there is no chromium'

/** An empty page in a browser of its own. */
export async function openPage (t: Pick<Test, 'teardown'>, args: string[] = []): Promise<Page> {
  const browser = await chromium.launch({ executablePath: executable!, args: ['--no-sandbox', ...args] })
  t.teardown(() => browser.close())
  const page = await browser.newPage()
  page.setDefaultTimeout(90_000)
  return page
}
