import type { Gate } from '../../models/common/values.ts'

/** A name of a token that stands for no text, as `<|im_end|>` or `</s>`. */
const SPECIAL = /^(<\|.*\|>|<\/?[A-Za-z_]+>|\[[A-Z]+\])$/

export const isSpecial = (name: string): boolean => SPECIAL.test(name)

const SIGNS: Readonly<Record<string, string>> = { ' ': '␣', '\n': '↵', '\t': '⇥', '\r': '␍', '\u00A0': '⍽' }
const WORDS: Readonly<Record<string, string>> = { ' ': 'space', '\n': 'line break', '\t': 'tab' }

/** A token's text with what cannot be seen made visible. */
export function visible(text: string): string {
  if (text === '') return '(nothing)'
  return text.replaceAll(/[\s\p{Cc}\p{Cf}]/gu, (sign) => SIGNS[sign] ?? codeOf(sign))
}

/** The same for a voice, which would leave out what cannot be seen. */
export function spoken(text: string): string {
  if (text === '') return 'nothing'
  if (isSpecial(text)) return `special token ${text}`
  if (text === '\uFFFD') return 'part of a character'
  return text
    .split(/(^ |[^\S ])/)
    .map((part) => WORDS[part] ?? part)
    .filter((part) => part !== '')
    .join(' ')
}

/** A probability in percent: never rounded to none or to all. */
export function probability(logProbability: number): string {
  const share = 100 * Math.exp(logProbability)
  if (share < 0.01) return '< 0.01%'
  if (share > 99.9) return '> 99.9%'
  return `${share.toFixed(share < 1 ? 2 : 1)}%`
}

/** A score and what became of it. */
export function gateLine({ score, least, passed }: Gate): string {
  if (least === null) return `${figure(score)}; it went ${passed ? '' : 'no '}deeper, whatever its score`
  return `${figure(score)}; ${figure(least)} ${passed ? 'was enough' : 'was needed'} to go deeper`
}

const figure = (value: number): string =>
  value.toLocaleString('en', { maximumSignificantDigits: 3, useGrouping: false }).replace('-', '−')

const codeOf = (sign: string): string => `\\u${sign.codePointAt(0)!.toString(16).padStart(4, '0')}`
