import type { Gate } from '../../models/common/values.ts'
import { words } from '../language/language.svelte.ts'

/** A name of a token that stands for no text, as `<|im_end|>` or `</s>`. */
const SPECIAL = /^(<\|.*\|>|<\/?[A-Za-z_]+>|\[[A-Z]+\])$/

export const isSpecial = (name: string): boolean => SPECIAL.test(name)

const SIGNS: Readonly<Record<string, string>> = { ' ': '␣', '\n': '↵', '\t': '⇥', '\r': '␍', '\u00A0': '⍽' }

/** A token's text with what cannot be seen made visible. */
export function visible(text: string): string {
  if (text === '') return words().text.nothing
  return text.replaceAll(/[\s\p{Cc}\p{Cf}]/gu, (sign) => SIGNS[sign] ?? codeOf(sign))
}

/** The same for a voice, which would leave out what cannot be seen. */
export function spoken(text: string): string {
  const { spokenNothing, special, partOfCharacter, space, lineBreak, tab } = words().text
  if (text === '') return spokenNothing
  if (isSpecial(text)) return special(text)
  if (text === '\uFFFD') return partOfCharacter
  const said: Readonly<Record<string, string>> = { ' ': space, '\n': lineBreak, '\t': tab }
  return text
    .split(/(^ |[^\S ])/)
    .map((part) => said[part] ?? part)
    .filter((part) => part !== '')
    .join(' ')
}

/** A probability in percent: never rounded to none or to all. */
export function probability(logProbability: number): string {
  const share = 100 * Math.exp(logProbability)
  if (share < 0.01) return words().text.least
  if (share > 99.9) return words().text.most
  return words().text.share(share)
}

/** A score and what became of it. */
export function gateLine({ score, least, passed }: Gate): string {
  const { text } = words()
  if (least === null) return passed ? text.deeperAnyhow(score) : text.notDeeperAnyhow(score)
  return passed ? text.wasEnough(score, least) : text.wasNeeded(score, least)
}

const codeOf = (sign: string): string => `\\u${sign.codePointAt(0)!.toString(16).padStart(4, '0')}`
