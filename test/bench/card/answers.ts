import { ask, loadBuiltIn } from './asking.ts'

/** What the card shows unedited answers to: easy, harder and beyond the model. */
const QUESTIONS = [
  'Hello! How are you?',
  'Who are you?',
  'What is the capital of France?',
  'What is the capital of Australia?',
  'Tell me about the sea.',
  'Why is the sky blue?',
  'How do bees make honey?',
  'What is photosynthesis?',
  'Name five fruits.',
  'Give me three tips for sleeping better.',
  'Write a short poem about autumn.',
  'Write a two-sentence story about a cat and a lighthouse.',
  'I feel sad today.',
  'What should I cook with eggs, rice and spinach?',
  'What is 12 + 7?',
  'What is 17 times 24?',
  'Behind Ben is Peter. Behind Peter is Thomas. Behind Thomas is Alex. Who is three behind Ben?',
  'Translate “good morning” into German.',
  'Write a Python function that adds two numbers.',
  'Summarise: The meeting was moved from Monday to Thursday because the projector is broken. Anna brings a new one.',
]
const SEED = 1

/** Answers of the built-in model at budgets 0 and 100, as they come: the recommended sampling, one seed. Markdown. */
export async function answers(): Promise<string> {
  const engine = await loadBuiltIn()
  const lines: string[] = []
  for (const question of QUESTIONS) {
    lines.push(`**${question}**\n`)
    for (const budget of [0, 100]) {
      const { text } = await ask(engine, question, budget, SEED)
      lines.push(`- *${budget}*: ${text.replaceAll(/\s*\n\s*/g, ' / ')}`)
    }
    lines.push('')
  }
  await engine.release()
  return lines.join('\n').trimEnd()
}
