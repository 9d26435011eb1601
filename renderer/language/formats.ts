/** The forms of a word that numbers ask for; `one` where a language has it, `other` for all that is left. */
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }

export type Formats = ReturnType<typeof formatsOf>

/** How numbers, shares and times are written in one language. @param locale its tag, as BCP 47 gives it */
export function formatsOf(locale: string) {
  const rules = new Intl.PluralRules(locale)
  const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 20 })
  const shares = new Intl.NumberFormat(locale, { style: 'percent' })
  const moments = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'medium' })
  const fixedTo = (digits: number) =>
    new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits })
  const fixedBy = [0, 1, 2, 3].map(fixedTo)
  const fixed = (value: number, digits: 0 | 1 | 2 | 3): string => fixedBy[digits]!.format(value)
  /** The form of a word that goes with `value`. */
  const plural = (value: number, forms: Forms): string => forms[rules.select(value)] ?? forms.other

  return {
    locale,
    number: (value: number): string => plain.format(value),
    /** With so many digits after the point. */
    fixed,
    /** `value` of 100. */
    percent: (value: number): string => shares.format(Math.round(value) / 100),
    /** `value` of 100, with so many digits after the point. */
    exactPercent: (value: number, digits: number): string =>
      new Intl.NumberFormat(locale, {
        style: 'percent',
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      }).format(value / 100),
    significant: (value: number, digits: number): string =>
      new Intl.NumberFormat(locale, { maximumSignificantDigits: digits, useGrouping: false }).format(value),
    /** Day and time of day. @param at milliseconds since 1970 */
    moment: (at: number): string => moments.format(at),
    plural,
    /** A number and the word that it counts. */
    counted: (value: number, forms: Forms): string => `${plain.format(value)} ${plural(value, forms)}`,
  }
}
