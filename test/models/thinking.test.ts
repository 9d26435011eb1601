import { describe, expect, it } from 'vitest'
import type { Turn } from '../../models/common/values.ts'
import { ModelTokenizer } from '../../models/formats/tokenizer.ts'
import { END_THINK, THINK, thinkingModel } from './thinking-model.ts'

const load = (...[template, tags]: Parameters<typeof thinkingModel>): ModelTokenizer =>
  new ModelTokenizer(thinkingModel(template, tags), 4096)
const ASK: Turn[] = [{ role: 'user', content: 'Hello' }]
const [ON, OFF] = [
  { on: true, keep: false },
  { on: false, keep: false },
]
/** What follows the turn of the person. */
const beginning = ({ ids }: { ids: number[] }): number[] => ids.slice(ids.indexOf(3) + 1)

describe('what a chat template can do about thoughts', () => {
  it.each([
    ['ouro', 'switch', false],
    ['qwen', 'switch', false],
    ['nanbeige', 'switch', true],
    ['always', 'always', false],
    ['plain', 'none', false],
  ] as const)('%s: %s', (template, kind, preserves) => {
    expect(load(template).thinking).toEqual({ kind, begin: '<think>', end: '</think>', preserves })
  })

  it('knows no tags where neither the template nor the tokens have any', () => {
    const tokenizer = load('plain', 'text')
    expect(tokenizer.thinking).toEqual({ kind: 'none', begin: '', end: '', preserves: false })
    expect(tokenizer.thoughts).toBeNull()
  })

  it('finds tags that are several tokens', () => {
    expect(load('qwen', 'text').thoughts).toMatchObject({ begin: '<think>', beginId: null, endId: null })
    for (const tags of ['special', 'added'] as const)
      expect(load('qwen', tags).thoughts).toMatchObject({ beginId: THINK, endId: END_THINK })
  })

  it('inserts an end as the template writes it', () => {
    const tokenizer = load('nanbeige', 'added')
    const { closing, empty } = tokenizer.thoughts!
    expect(tokenizer.decode(closing)).toBe('\n</think>\n\n')
    expect(tokenizer.decode(empty)).toBe('<think>\n\n</think>\n\n')
  })
})

describe('a prompt', () => {
  it('begins a thought only where one is asked for (Ouro)', () => {
    const tokenizer = load('ouro')
    const prompt = tokenizer.encodePrompt(ASK, ON)
    expect(prompt.opened).toBe(true)
    expect(beginning(prompt)[0]).toBe(THINK)
    expect(tokenizer.encodePrompt(ASK, OFF)).toMatchObject({ opened: false })
    expect(beginning(tokenizer.encodePrompt(ASK, OFF))).toEqual([])
  })

  it('has a thought of nothing where none is wanted (Qwen 3, Nanbeige)', () => {
    for (const name of ['qwen', 'nanbeige'] as const) {
      const off = load(name).encodePrompt(ASK, OFF)
      expect(off.opened).toBe(false)
      expect(beginning(off).filter((id) => id === THINK || id === END_THINK)).toEqual([THINK, END_THINK])
    }
    expect(load('qwen').encodePrompt(ASK, ON)).toMatchObject({ opened: false })
    expect(load('nanbeige').encodePrompt(ASK, ON)).toMatchObject({ opened: true })
  })

  it('shows earlier thoughts where the template can and that is wanted', () => {
    const turns: Turn[] = [
      ...ASK,
      { role: 'assistant', content: 'Yes.', thought: 'Is it <|end|> really?' },
      { role: 'user', content: 'Why?' },
    ]
    const tokenizer = load('nanbeige')
    const kept = tokenizer.encodePrompt(turns, { on: true, keep: true })
    expect(tokenizer.decode(kept.ids)).toContain('Is it <|end|> really?')
    // what was thought never becomes a special token either
    expect(kept.ids.filter((id) => id === 4)).toHaveLength(3)
    expect(tokenizer.decode(tokenizer.encodePrompt(turns, ON).ids)).not.toContain('really')
  })

  it('leaves the thought to a template that finds it in the text', () => {
    const turns: Turn[] = [...ASK, { role: 'assistant', content: 'Yes.', thought: 'Is it?' }, ...ASK]
    const text = load('qwen').decode(load('qwen').encodePrompt(turns, ON).ids)
    expect(text).toContain('Yes.')
    expect(text).not.toContain('Is it?')
  })
})
