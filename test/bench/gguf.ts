import { existsSync, readFileSync } from 'node:fs'
import { cacheFolder } from '../../models/common/places.ts'
import type { Precision, Sampling } from '../../models/common/values.ts'
import { DEFAULT_SAMPLING } from '../../models/common/values.ts'
import { BudgetController } from '../../models/runtime/budget/controller.ts'
import { Engine } from '../../models/runtime/engine.ts'
import { scoreText } from '../../models/runtime/score-text.ts'
import { hasLlama, Llama } from './llama/llama.ts'

const WINDOW = 512
const WINDOWS = 4
const ANSWER = 64
const GREEDY: Sampling = { ...DEFAULT_SAMPLING, temperature: 0, repetitionPenalty: 1, maxTokens: ANSWER }

const QUESTIONS = [
  'What is the capital of France?',
  'Tell me about the sea.',
  'Write a short poem about autumn.',
  'How do I make a cup of tea?',
  'What is 12 times 12?',
  'Who wrote Romeo and Juliet?',
  'Explain photosynthesis to a child.',
  'Give me three names for a cat.',
  'What is the difference between weather and climate?',
  'Write a Python function that adds two numbers.',
  'Why is the sky blue?',
  'Translate "good morning" into Spanish.',
  'What should I pack for a day at the beach?',
  'Tell me a joke.',
  'How far is the Moon?',
  'List the colours of the rainbow.',
  'What is a neural network?',
  'Write a letter to a friend who moved away.',
  'Name a mammal that lays eggs.',
  'How do bees make honey?',
]

/**
 * A GGUF file (DEPTHWISE_GGUF) here and in llama.cpp, at every precision: perplexity of a text, in windows of 512 tokens,
 * and greedy answers to 20 questions. Where an answer leaves llama.cpp's, its logits say how near a tie that was.
 */
export async function gguf(text: string | undefined): Promise<string> {
  const file = process.env.DEPTHWISE_GGUF
  if (text === undefined || file === undefined || !existsSync(file)) {
    return 'DEPTHWISE_GGUF names a GGUF file, and a file with a text follows: DEPTHWISE_GGUF=FILE npm run --silent bench -- gguf TEXT'
  }
  if (!hasLlama()) return 'There is no llama.cpp to compare with.'
  const llama = await Llama.start(file, 1)
  const lines: string[] = []
  const tell = (line: string): void => {
    process.stderr.write(`${line}\n`)
    lines.push(line)
  }
  for (const precision of ['fp32', 'int8', 'int4'] as const) {
    const engine = await load(file, precision)
    if (precision === 'fp32') tell(`Tokens of the text equal llama.cpp's: ${await sameTokens(engine, llama, text)}`)
    tell(`${precision}: ${await perplexities(engine, llama, text)}`)
    tell(`${precision}: ${await answers(engine, llama)}`)
    await engine.release()
  }
  await llama.end()
  return lines.join('\n')
}

function load(modelFolder: string, precision: Precision): Promise<Engine> {
  return Engine.load({ modelFolder, cacheFolder: cacheFolder(), precision, provider: 'cpu' }, () => undefined)
}

async function sameTokens({ tokenizer }: Engine, llama: Llama, text: string): Promise<boolean> {
  const whole = readFileSync(text, 'utf8').slice(0, 100_000)
  // a document begins with a token that stands for that, where the model has one
  const own = tokenizer.encodeText(whole)
  const theirs = await llama.tokenize(whole)
  return own.slice(own.length - theirs.length).join() === theirs.join()
}

async function perplexities(engine: Engine, llama: Llama, text: string): Promise<string> {
  const ids = engine.tokenizer.encodeText(readFileSync(text, 'utf8').slice(0, 100_000)).slice(1)
  const controller = new BudgetController(engine.model.plan, 1)
  let [own, theirs, tokens] = [0, 0, 0]
  for (let i = 0; i < WINDOWS && (i + 1) * WINDOW <= ids.length; i++) {
    const window = ids.slice(i * WINDOW, (i + 1) * WINDOW)
    own += (await scoreText(engine, window, controller)).nll
    theirs += (await llama.score(window)).reduce((sum, loss) => sum + loss, 0)
    tokens += window.length - 1
  }
  const [here, there] = [Math.exp(own / tokens), Math.exp(theirs / tokens)]
  const off = (100 * (here / there - 1)).toFixed(2)
  return `perplexity of ${tokens} tokens ${here.toFixed(3)}, llama.cpp ${there.toFixed(3)} (${off} %)`
}

async function answers(engine: Engine, llama: Llama): Promise<string> {
  let [equal, largest] = [0, 0]
  for (const question of QUESTIONS) {
    const turns = [{ role: 'user', content: question } as const]
    const prompt = engine.tokenizer.encodeChat(turns, true)
    const theirs = await llama.greedy(prompt, ANSWER, engine.model.plan.endTokens)
    const own = await greedy(engine, turns)
    const at = theirs.findIndex((id, i) => id !== own[i])
    if (at < 0) equal++
    else {
      const gap = await llama.gap([...prompt, ...theirs.slice(0, at)], theirs[at]!, own[at]!)
      largest = Math.max(largest, gap)
    }
  }
  return `${equal} of ${QUESTIONS.length} greedy answers equal, the others leave llama.cpp's where its logits differ by at most ${largest.toFixed(3)}`
}

async function greedy(engine: Engine, turns: { role: 'user'; content: string }[]): Promise<number[]> {
  const generation = engine.generate(turns, GREEDY, 1, 100)
  while (!(await generation.prefill()));
  while (await generation.next());
  return [...generation.ids]
}
