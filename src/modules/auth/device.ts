import Bowser from 'bowser'

/** What a User-Agent header tells people about a device: its browser and system, or the first word of a program's. */
export function deviceOf (userAgent: string | null): string | null {
  if (userAgent === null) return null
  const { browser, os } = Bowser.parse(userAgent)
  const names = [browser.name, os.name].filter(Boolean)
  return names.length > 0 ? names.join(' on ') : userAgent.split(/[\s/]/)[0]!.slice(0, 50)
}
