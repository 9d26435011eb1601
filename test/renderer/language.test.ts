import { afterEach, describe, expect, it } from 'vitest'
import { formatsOf } from '../../renderer/language/formats.ts'
import { formats, speak, words } from '../../renderer/language/language.svelte.ts'
import { de as germanOfMain } from '../../electron/main/language/de.ts'
import { en as englishOfMain } from '../../electron/main/language/en.ts'
import { de } from '../../renderer/language/de/index.ts'
import { en } from '../../renderer/language/en/index.ts'
import { failureWords } from '../../renderer/ui/failure.ts'
import { count, duration, percent, speed } from '../../renderer/ui/words.ts'

/** Of a catalogue: every entry by its path. */
function entries(catalogue: object, path = ''): [path: string, entry: unknown][] {
  return Object.entries(catalogue).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null ? entries(value as object, `${path}${key}.`) : [[path + key, value]],
  )
}

/** Names, units and signs, which German writes as English does. */
const ALIKE = new Set([
  'chat.rows.budget',
  'chat.rows.sampling',
  'chat.rows.seed',
  'endpoint.port',
  'endpoint.token',
  'models.downloads',
  'models.inDepthwise',
  'models.revision',
  'models.token',
  'organising.exportShare',
  'organising.format',
  'organising.importShare',
  'organising.name',
  'settings.languages.de',
  'settings.languages.en',
  'settings.languages.system',
  'settings.numbers.minP.label',
  'settings.numbers.topK.label',
  'settings.numbers.topP.label',
  'settings.seed',
  'shortcuts.keys.Escape',
  'tune.budget',
  'text.code',
])

afterEach(() => {
  speak('en')
})

describe.each([
  ['the window', en, de],
  ['menus and notifications', englishOfMain, germanOfMain],
])('a catalogue of %s', (_of, inEnglish, inGerman) => {
  const english = entries(inEnglish)
  const german = new Map(entries(inGerman))

  it('has the same entries as the English one', () => {
    expect([...german.keys()].sort()).toEqual(english.map(([path]) => path).sort())
  })

  it('says nothing in English', () => {
    const same = english.filter(([path, entry]) => typeof entry === 'string' && german.get(path) === entry)
    expect(same.map(([path]) => path).filter((path) => !ALIKE.has(path))).toEqual([])
  })

  it('has sentences of the same values', () => {
    const differing = english.filter(([path, entry]) => {
      const other = german.get(path)
      return (
        typeof entry !== typeof other || (entry instanceof Function && entry.length !== (other as typeof entry).length)
      )
    })
    expect(differing.map(([path]) => path)).toEqual([])
  })

  it('has no empty sentence', () => {
    expect([...english, ...german].filter(([, entry]) => entry === '').map(([path]) => path)).toEqual([])
  })
})

describe('the language', () => {
  it('is the first of the person’s languages that there is, and English else', () => {
    const spoken = (...wanted: string[]): string => {
      speak('system', wanted)
      return formats().locale
    }
    expect(spoken('de-AT', 'en')).toBe('de')
    expect(spoken('fr-FR', 'DE', 'en')).toBe('de')
    expect(spoken('en-GB', 'de')).toBe('en')
    expect(spoken('fr')).toBe('en')
    expect(spoken()).toBe('en')
  })

  it('is the chosen one whatever the system has', () => {
    speak('de', ['en'])
    expect(words().budget.think).toBe(de.budget.think)
    speak('en', ['de'])
    expect(words().budget.think).toBe(en.budget.think)
  })
})

describe('a failure', () => {
  const failure = { code: 'NO_MEMORY', message: 'It takes 4 GB.', detail: '/models/big' } as const

  it('is told in the host’s own sentence where that is the language', () => {
    expect(failureWords(failure)).toBe('It takes 4 GB. (/models/big)')
  })

  it('is told by its code in another, with that sentence behind it', () => {
    speak('de')
    expect(failureWords(failure)).toBe('Der Arbeitsspeicher reicht nicht. (Auf Englisch: It takes 4 GB.) (/models/big)')
  })
})

describe('numbers', () => {
  const said = () => [percent(27.4), speed(9.96), speed(1234.5), count(1, 'token'), count(4096, 'recursion')]

  it('are written as in English', () => {
    expect([...said(), duration(1400), duration(125_000)]).toEqual([
      '27%',
      '10.0',
      '1,235',
      '1 token',
      '4,096 recursions',
      '1.4 s',
      '2 min 5 s',
    ])
  })

  it('are written as in German', () => {
    speak('de')
    expect([...said(), duration(1400)]).toEqual(['27\u00a0%', '10,0', '1.235', '1 Token', '4.096 Rekursionen', '1,4 s'])
  })

  it('ask for as many forms of a word as a language has', () => {
    const { counted } = formatsOf('pl')
    const forms = { one: 'odpowiedź', few: 'odpowiedzi', many: 'odpowiedzi', other: 'odpowiedzi' }
    expect([1, 3, 5].map((value) => counted(value, { ...forms, many: 'odpowiedzí' }))).toEqual([
      '1 odpowiedź',
      '3 odpowiedzi',
      '5 odpowiedzí',
    ])
  })
})
