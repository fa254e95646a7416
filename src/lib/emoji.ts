const isEmoji = (text: string) => /^\p{RGI_Emoji}$/v.test(text)

const presentation = '\uFE0F'
const skinTones = /[\u{1F3FB}-\u{1F3FF}]/gu

/** Text unless a presentation follows, and no skin tone does that already: ☺, ❤, ✌. */
const textByDefault = /(?!\p{Emoji_Presentation})\p{Emoji}(?![\u{1F3FB}-\u{1F3FF}])/gu

/**
 * The one spelling of an emoji, of those that Unicode recommends for general interchange (RGI); undefined for
 * anything else. Keyboards and pickers spell the same emoji with and without presentation selectors (U+FE0F).
 */
export function canonicalEmoji (text: string): string | undefined {
  const composed = text.normalize('NFC')
  const bare = composed.replaceAll(presentation, '')
  return [composed, bare, bare.replace(textByDefault, `$&${presentation}`)].find(isEmoji)
}

/** Two people of different skin tones are a sequence of people; of none, they are one character. */
const couples: Record<string, string> = {
  '🧑‍❤️‍🧑': '💑',
  '🧑‍❤️‍💋‍🧑': '💏',
  '👩‍🤝‍👨': '👫',
  '👩‍🤝‍👩': '👭',
  '👨‍🤝‍👨': '👬',
  '🫱‍🫲': '🤝',
  '🧑‍🐰‍🧑': '👯',
  '👩‍🐰‍👩': '👯‍♀️',
  '👨‍🐰‍👨': '👯‍♂️',
  '🧑‍🫯‍🧑': '🤼',
  '👩‍🫯‍👩': '🤼‍♀️',
  '👨‍🫯‍👨': '🤼‍♂️',
}

/** The same emoji without skin tones; of a canonical one, again a canonical one. */
export function withoutSkinTone (emoji: string): string {
  const bare = emoji.replace(skinTones, '')
  return canonicalEmoji(bare) ?? couples[bare]!
}
