import { globSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { exitingVisits, fixedVisits, mixingVisits, readingVisits } from '../../models/families/ouro/visits.ts'
import { catalogue } from '../../models/library/catalogue.ts'
import { describe as described } from '../../models/library/describe.ts'
import { PUBLISHED } from '../../models/library/published.ts'
import { verdict } from '../../models/runtime/tuning/gpu.ts'
import { failures } from '../../renderer/language/de/told/failures.ts'
import { told as german } from '../../renderer/language/de/told/index.ts'
import { speak, told } from '../../renderer/language/language.svelte.ts'
import { translator } from '../../renderer/language/told.ts'
import { failureWords } from '../../renderer/ui/failure.ts'
import { FIXTURES, prepared } from '../families/support.ts'

const ROOT = path.join(import.meta.dirname, '../..')

/** Every sentence that is known becomes a sign, those that are not stay. */
const { say: marked, sayWhole } = translator(
  Object.fromEntries(Object.keys(german).map((english) => [english, '✓'])),
  'de',
)
const unknown = (texts: readonly string[]): string[] =>
  texts.filter((text) => sayWhole(text) === null).map((text) => marked(text))

const VALUES: Readonly<Record<string, string>> = {
  'GPU.name': 'WebGPU',
  name: 'WebGPU',
  from: 'Ollama',
  told: 'no time',
}

/** Sentences that a file has as literals, but for those of failures; values in them are those above or 7. */
function sentences(file: string): string[] {
  const found: string[] = []
  const walk = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && node.expression.getText() === 'DepthwiseError') return
    if (ts.isCallExpression(node) && /^(refused|missing)$/.test(node.expression.getText())) return
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'message') return
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) found.push(node.text)
    if (ts.isTemplateExpression(node))
      found.push(
        node.head.text +
          node.templateSpans
            .map(({ expression, literal }) => (VALUES[expression.getText()] ?? '7') + literal.text)
            .join(''),
      )
    ts.forEachChild(node, walk)
  }
  walk(ts.createSourceFile(file, readFileSync(path.join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest, true))
  return found.filter((text) => /^[A-Z\d].+ .+\.$/s.test(text))
}

describe('what the host and the library say', () => {
  it('is said sentence by sentence, with its values as the language writes them', () => {
    const { say } = translator({ 'It has {count} of {most}.': 'Von {most} hat es {count}.', 'Yes.': 'Ja.' }, 'de')
    expect(say('Yes. It has 2.50 of 1024. Yes.')).toBe('Ja. Von 1.024 hat es 2,50. Ja.')
    expect(say('It has a few of x.y.')).toBe('Von x.y hat es a few.')
  })

  it('leaves names as they are, and texts that are too long for a sentence', () => {
    const { say } = translator({ 'No {name} at {at}.': 'Kein {name} bei {at}.' }, 'de')
    expect(say('No 1.0 at 1.0.')).toBe('Kein 1.0 bei 1,0.')
    const long = 'No. '.repeat(2000)
    expect(say(long)).toBe(long)
  })

  it('stays English where it is not known, but for what is', () => {
    const { say } = translator({ 'Yes.': 'Ja.', 'No ({why}).': ({ why = '' }) => `Nein (${why}).` }, 'de')
    expect(say('Yes. Perhaps. No (a. b). Yes')).toBe('Ja. Perhaps. Nein (a. b). Yes')
    expect(say('')).toBe('')
    expect(say('Yes.\nNo.')).toBe('Yes.\nNo.')
  })

  it('is told of a failure by its sentence where all of it is known, else by its code', () => {
    speak('de')
    const failure = (message: string) => failureWords({ code: 'MODEL_NOT_FOUND', message, detail: '/models/x' })
    expect(failure('There is no config.json in this folder.')).toBe(
      'In diesem Ordner ist keine config.json. (/models/x)',
    )
    expect(failure('There is no such model. It left for /models/x.')).toBe(
      'Dieses Modell gibt es nicht. (Auf Englisch: There is no such model. It left for /models/x.)',
    )
    speak('en')
    expect(failure('There is none at /models/x.')).toBe('There is none at /models/x.')
  })

  it('has the same values in German', () => {
    const values = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([braces]) => braces).sort()
    const differing = Object.entries(german).filter(
      ([english, say]) => typeof say === 'string' && values(english).join() !== values(say).join(),
    )
    expect(differing).toEqual([])
  })

  it('follows the choice of language', () => {
    const reason = verdict({ decode: 14, prefill: 1.9 }, { decode: 10.25, prefill: 2 }).reason
    const cores = 'Chosen by measurement: 2 threads, 3.9 ms a token (1 thread 18 ms, 2 threads kept awake 4.7 ms).'
    expect(told(reason)).toBe(reason)
    speak('de')
    expect(told(`${reason} ${cores}`)).toBe(
      'CPU. WebGPU: hier langsamer (14,0 ms gegen 10,3 ms je geschriebenem Token, 1,9 ms gegen 2,0 ms je gelesenem Token). ' +
        'Gemessen und gewählt: 2 Threads, 3,9 ms je Token (1 Thread 18 ms, 2 Threads wach gehalten 4,7 ms).',
    )
    speak('en')
  })
})

describe('German has', () => {
  it('all that is said of models before they are loaded', () => {
    const own = ['models/default', 'test/models/tiny', ...readdirSync(FIXTURES).map((name) => `test/fixtures/${name}`)]
    const configs = own.flatMap((folder) => globSync(`${folder}/config.json`, { cwd: ROOT }))
    const models = [
      ...Object.values(PUBLISHED),
      ...configs.map((file) => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')) as unknown),
    ].map((config) => described({ name: '', licence: null, config, chat: false, thinking: false }))
    expect(models.length).toBeGreaterThan(30)
    const said = [...models, ...catalogue()].flatMap(({ slider, notes }) => [slider, ...notes])
    expect(unknown([...said, ...catalogue().map(({ why }) => why)])).toEqual([])
  })

  it('all that is said of the slider of a loaded model, of every family', async () => {
    const folders = readdirSync(FIXTURES, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    const said = new Set<string>()
    for (const { name } of folders) said.add((await prepared(path.join(FIXTURES, name))).plan.budget.explanation)
    const ouro = [fixedVisits(2, 3, 4), mixingVisits(2, 4), readingVisits(2, 4, 0), exitingVisits(2, 4, 0, 'own')]
    for (const { explanation } of ouro) said.add(explanation)
    expect(said.size).toBeGreaterThan(15)
    expect(unknown([...said])).toEqual([])
  })

  it('every sentence about devices, the library, the start and downloads', () => {
    const files = globSync(['models/runtime/tuning/*.ts', 'models/library/*.ts', 'electron/history/history.ts'], {
      cwd: ROOT,
      exclude: ['models/runtime/tuning/estimate.ts'],
    })
    expect(unknown(files.flatMap((file) => sentences(file)))).toEqual([])
    const hub = globSync('models/hub/*.ts', { cwd: ROOT }).map((file) => readFileSync(path.join(ROOT, file), 'utf8'))
    const reasons = hub.flatMap((source) => [...source.matchAll(/(?:new Passing|again)\(\s*['`](.+?)['`]/g)])
    expect(reasons.length).toBeGreaterThan(5)
    const said = reasons.map(
      ([, reason = '']) => `${reason.replaceAll('${seconds(stallMs)}', '55 seconds').replaceAll(/\$\{.+?\}/g, '7')}.`,
    )
    expect(unknown([...said, 'It is tried again in a second.', 'It is tried again in 55 seconds.'])).toEqual([])
  })

  it('no failure that nothing tells', () => {
    const files = globSync(['models/**/*.ts', 'electron/**/*.ts'], { cwd: ROOT })
    const sources = files.map((file) => readFileSync(path.join(ROOT, file), 'utf8').replaceAll("\\'", "'")).join('\n')
    const parts = (english: string): string[] =>
      english
        .replace('a second', '{seconds}')
        .split(/\{\w+\}|(?<=[.:;]) |\(|\)|,/)
        .map((part) => part.trim())
    const unsaid = Object.keys(failures).filter((english) =>
      parts(english).some((part) => part.length > 12 && !sources.includes(part.replace(/\.$/, ''))),
    )
    expect(unsaid).toEqual([])
  })
})
