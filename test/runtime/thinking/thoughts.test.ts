import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import type { Thinking, Token } from '../../../models/common/values.ts'
import { DEFAULT_THINKING } from '../../../models/common/values.ts'
import type { Generation } from '../../../models/runtime/generation.ts'
import type { Engine } from '../../../models/runtime/engine.ts'
import { Sampler } from '../../../models/runtime/sampling/sampler.ts'
import { thinkingModel } from '../../models/thinking-model.ts'
import { GREEDY, loadEngine } from '../support.ts'

const begun = await loadEngine('int8', thinkingModel('nanbeige', 'special', afterAll))
const itself = await loadEngine('int8', thinkingModel('qwen', 'special', afterAll))
const spelled = await loadEngine('int8', thinkingModel('qwen', 'text', afterAll))
const asked = await loadEngine('int8', thinkingModel('ouro', 'added', afterAll))
const plain = await loadEngine('int8', thinkingModel('plain', 'special', afterAll))

const TURNS = [{ role: 'user', content: 'Do you like dogs?' }] as const
const END = 4
afterEach(() => {
  vi.restoreAllMocks()
})

/** Makes the sampler draw these texts, then the end of the turn; `|` parts tokens where the tokenizer would not. */
function script(engine: Engine, text: string): number[] {
  const ids = text.split('|').flatMap((part) => [...engine.tokenizer.encodeChat([], false), ...encode(engine, part)])
  const left = [...ids.filter((id) => id !== 0), END]
  vi.spyOn(Sampler.prototype, 'next').mockImplementation(() => left.shift() ?? END)
  return ids
}

/** Special tokens included. */
function encode(engine: Engine, text: string): number[] {
  const { thoughts } = engine.tokenizer
  return text.split(/(<think>|<\/think>)/).flatMap((part) => {
    if (part === '<think>' && thoughts?.beginId != null) return [thoughts.beginId]
    if (part === '</think>' && thoughts?.endId != null) return [thoughts.endId]
    return engine.tokenizer.encodeText(part)
  })
}

async function write(
  generation: Generation,
  each: (tokens: readonly Token[]) => void = () => undefined,
): Promise<{ thought: string; answer: string; tokens: Token[] }> {
  while (!(await generation.prefill()));
  const tokens: Token[] = []
  for (let token = await generation.next(); token; token = await generation.next()) {
    tokens.push(token)
    each(tokens)
  }
  const textOf = (phase: Token['phase']): string =>
    tokens
      .filter((token) => token.phase === phase)
      .map(({ text }) => text)
      .join('')
  return { thought: textOf('thought'), answer: textOf(undefined), tokens }
}

const generate = (engine: Engine, thinking: Partial<Thinking> = {}, budget = 0, maxTokens = 200): Generation =>
  engine.generate(TURNS, { ...GREEDY, maxTokens, stop: ['STOP'] }, 0, budget, {
    thinking: { ...DEFAULT_THINKING, ...thinking },
  })

describe('a thought and its answer', () => {
  it.each([
    ['begun by the prompt', begun, 'I like them.\n</think>\n\nYes, I do.'],
    ['begun by the model', itself, '<think>\nI like them.\n</think>\n\nYes, I do.'],
    ['with tags of several tokens', spelled, '<|thi|nk>|\nI like them.\n|</|thi|nk|>\n\n|Yes, I do.'],
    ['with tags that are ordinary added tokens', asked, 'I like them.\n</think>\n\nYes, I do.'],
    ['begun twice', begun, '<think>\nI like them.\n</think>\n\nYes, I do.'],
  ])('%s', async (_, engine, text) => {
    script(engine, text)
    const generation = generate(engine)
    const { thought, answer, tokens } = await write(generation)
    expect([thought.trimEnd(), answer]).toEqual(['I like them.', 'Yes, I do.'])
    const { thought: counted, ...summary } = generation.summary()
    expect(summary.finishReason).toBe('end')
    expect(counted!.tokens).toBe(tokens.filter(({ phase }) => phase).length)
    expect(counted!.ms).toBeGreaterThan(0)
  })

  it('is all answer where no thought is wanted, or none comes', async () => {
    for (const [engine, thinking] of [
      [begun, { on: false }],
      [itself, { on: true }],
      [spelled, { on: true }],
      [plain, {}],
    ] as const) {
      script(engine, '<3 is a heart.')
      const generation = generate(engine, thinking)
      expect(await write(generation)).toMatchObject({ thought: '', answer: '<3 is a heart.' })
      expect(generation.summary().thought).toBeUndefined()
    }
  })

  it('shows tags that stand in an answer, and leaves out a second end', async () => {
    script(begun, 'Hm.</think>|</think>\n\nOne writes <think> and </think>.')
    expect((await write(generate(begun))).answer).toBe('One writes <think> and </think>.')
  })

  it('takes text that only begins like a tag for what it is', async () => {
    script(spelled, '<think>|a </|thin|ner.|</think>|<|thi|s>')
    expect(await write(generate(spelled))).toMatchObject({ thought: 'a </thinner.', answer: '<this>' })
  })

  it('that never ends is all thought; stop strings are those of the answer', async () => {
    script(begun, 'I think STOP and on')
    expect(await write(generate(begun))).toMatchObject({ thought: 'I think STOP and on', answer: '' })
    script(begun, 'I think STOP</think>Yes. STOP and on')
    const generation = generate(begun)
    expect(await write(generation)).toMatchObject({ thought: 'I think STOP', answer: 'Yes. ' })
    expect(generation.finishReason).toBe('stop')
  })

  it('can be stopped within, and ends at the most tokens of all', async () => {
    script(begun, 'one two three four five six seven eight')
    const stopped = generate(begun)
    await write(stopped, ({ length }) => {
      if (length === 3) stopped.stop()
    })
    expect(stopped.summary()).toMatchObject({ finishReason: 'stopped', tokens: 3, thought: { tokens: 3 } })
    script(begun, 'one two three four five six seven eight')
    const cut = generate(begun, {}, 0, 4)
    await write(cut)
    expect(cut.summary()).toMatchObject({ finishReason: 'length', tokens: 4, thought: { tokens: 4 } })
  })
})

describe('the end of a thought, inserted', () => {
  const LONG = 'one two three four five six seven eight nine ten'

  it.each([begun, spelled])('comes next, and the model goes on behind it', async (engine) => {
    script(engine, engine === begun ? LONG : `<think>|${LONG}`)
    const generation = generate(engine)
    const told: boolean[] = []
    const { thought, tokens } = await write(generation, (sofar) => {
      if (sofar.filter(({ text }) => text !== '').length === 5 && generation.phase === 'thought')
        told.push(generation.endThought(), generation.endThought())
    })
    expect(told).toEqual([true, false])
    const { closing } = engine.tokenizer.thoughts!
    const at = tokens.findLastIndex(({ phase }) => phase)
    const written = generation.ids.slice(at + 1 - closing.length, at + 2)
    // the tag is the last of the thought; what follows it is the answer's, without a text
    expect(engine.tokenizer.decode(written)).toContain('\n')
    expect(generation.ids.join()).toContain(closing.join())
    expect(thought.split(' ').length).toBeLessThan(8)
    // the rest of the script was for the model to write
    expect(tokens.at(-2)!.text).toContain('ten')
    expect(generation.endThought()).toBe(false)
  })

  it('is refused where there is none', async () => {
    script(plain, 'Yes.')
    const generation = generate(plain)
    expect(generation.endThought()).toBe(false)
    expect(await write(generation)).toMatchObject({ answer: 'Yes.' })
  })

  it('comes at the most tokens of a thought', async () => {
    script(begun, LONG)
    const generation = generate(begun, { maxTokens: 4 })
    const { tokens } = await write(generation)
    const { closing } = begun.tokenizer.thoughts!
    expect(generation.ids.slice(4, 4 + closing.length)).toEqual(closing)
    expect(tokens.slice(0, 4).every(({ phase, text }) => phase === 'thought' && text !== '')).toBe(true)
  })

  it('comes at once where a thought may have no tokens, whoever begins it', async () => {
    script(begun, 'Yes.')
    const first = generate(begun, { maxTokens: 0 })
    expect(await write(first)).toMatchObject({ thought: '', answer: 'Yes.' })
    expect(first.ids.slice(0, 3)).toEqual(begun.tokenizer.thoughts!.closing.slice(0, 3))
    script(itself, 'Yes.')
    const second = generate(itself, { maxTokens: 0 })
    expect(await write(second)).toMatchObject({ thought: '', answer: 'Yes.' })
    const { empty } = itself.tokenizer.thoughts!
    expect(second.ids.slice(0, empty.length)).toEqual(empty)
  })

  it('comes where a thought goes in circles, if that is wanted; else it is only noticed', async () => {
    const circles = `${'and so I come to ask myself again what it is. '.repeat(5)}</think>Yes.`
    script(begun, circles)
    const left = generate(begun)
    let noticed = -1
    const { answer } = await write(left, ({ length }) => {
      if (noticed < 0 && left.circling) noticed = length
    })
    expect(noticed).toBeGreaterThan(20)
    expect(answer).toBe('Yes.')
    expect(left.circling).toBe(false)
    script(begun, circles)
    const cut = generate(begun, { cutLoops: true })
    await write(cut)
    expect(cut.summary().thought!.tokens).toBeLessThan(left.summary().thought!.tokens)
    expect(cut.ids.slice(noticed, noticed + 2)).toEqual(begun.tokenizer.thoughts!.closing.slice(0, 2))
  })
})

describe('a budget for each phase', () => {
  const TEXT = 'one two three</think>four five six'

  it('changes with the first token of the answer', async () => {
    script(begun, TEXT)
    const { tokens } = await write(generate(begun, { budget: 0 }, 100))
    const first = tokens.findIndex(({ phase }) => !phase)
    expect(first).toBeGreaterThan(2)
    expect(tokens.map(({ depth }) => depth)).toEqual(tokens.map((_, i) => (i < first ? 1 : 3)))
    expect(tokens.map(({ budget }) => budget)).toEqual(tokens.map((_, i) => (i < first ? 0 : 100)))
  })

  it('is that of the answer where the thought has none of its own', async () => {
    script(begun, TEXT)
    const generation = generate(begun, {}, 100)
    const { tokens } = await write(generation, ({ length }) => {
      if (length === 2) generation.setBudget(0, 'answer')
    })
    expect(tokens.map(({ depth }) => depth)).toEqual(tokens.map((_, i) => (i < 2 ? 3 : 1)))
  })

  it('is changed for one phase, or for both', async () => {
    script(begun, TEXT)
    const one = generate(begun, { budget: 100 }, 100)
    const own = await write(one, ({ length }) => {
      if (length === 2) one.setBudget(0, 'answer')
      if (length === 3) one.setBudget(0, 'thought')
    })
    const first = own.tokens.findIndex(({ phase }) => !phase)
    expect(own.tokens.map(({ depth }) => depth)).toEqual(own.tokens.map((_, i) => (i < 3 ? 3 : 1)))
    expect(first).toBeGreaterThan(3)
    script(begun, TEXT)
    const both = generate(begun, { budget: 100 }, 100)
    const { tokens } = await write(both, ({ length }) => {
      if (length === 2) both.setBudget(0)
    })
    expect(tokens.map(({ depth }) => depth)).toEqual(tokens.map((_, i) => (i < 2 ? 3 : 1)))
  })

  it('is that of the thought from the beginning where the model is to begin one', async () => {
    script(itself, '<think>one</think>two')
    const { tokens } = await write(generate(itself, { budget: 100 }, 0))
    expect(tokens.map(({ depth }) => depth)).toEqual(tokens.map(({ phase }) => (phase ? 3 : 1)))
    script(itself, 'No thought')
    const none = await write(generate(itself, { budget: 100 }, 0))
    expect(none.tokens.map(({ depth }) => depth)).toEqual(none.tokens.map((_, i) => (i === 0 ? 3 : 1)))
  })
})
