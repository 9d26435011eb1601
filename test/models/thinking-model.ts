import { onTestFinished } from 'vitest'
import { copyOfTiny, editJson } from './support.ts'

const TURNS = `{{ bos_token }}{% for m in messages %}{{ '<|' + m.role + '|>' + m.content + '<|end|>' }}{% endfor %}`

/** How published templates treat thoughts, around the turns of the small test model. */
export const TEMPLATES = {
  /** Ouro-1.4B-Thinking: a thought is begun only where it is asked for. */
  ouro: `${TURNS}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% if enable_thinking is defined and enable_thinking is true %}{{ '<think>\\n' }}{% endif %}{% endif %}`,
  /** Qwen 3: the model begins by itself; a thought of nothing where none is wanted. Thoughts of earlier answers are cut out. */
  qwen: `{{ bos_token }}{% for m in messages %}{% set content = m.content %}{% if m.role == 'assistant' and '</think>' in content %}{% set content = content.split('</think>')[-1].lstrip('\\n') %}{% endif %}{{ '<|' + m.role + '|>' + content + '<|end|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% if enable_thinking is defined and enable_thinking is false %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}{% endif %}`,
  /** Nanbeige 4.2: begun by default; earlier thoughts can be preserved. */
  nanbeige: `{%- if enable_thinking is not defined %}{% set enable_thinking = true %}{% endif %}{{ bos_token }}{% for m in messages %}{{ '<|' + m.role + '|>' }}{% if m.role == 'assistant' and preserve_thinking is defined and preserve_thinking and m.reasoning_content %}{{ '<think>\\n' + m.reasoning_content + '\\n</think>\\n\\n' }}{% endif %}{{ m.content + '<|end|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% if enable_thinking %}{{ '<think>\\n' }}{% else %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}{% endif %}`,
  /** DeepSeek-R1 distilled: always begun. */
  always: `${TURNS}{% if add_generation_prompt %}{{ '<|assistant|><think>\\n' }}{% endif %}`,
  /** A template that says nothing of thoughts. */
  plain: `${TURNS}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}`,
} as const

export const [THINK, END_THINK] = [6, 7]

/** The small model with a template that knows thoughts; its two reserved tokens become the tags, or the tags are ordinary text. */
export function thinkingModel(
  template: keyof typeof TEMPLATES,
  tags: 'special' | 'added' | 'text' = 'special',
  whenOver: (clean: () => void) => void = onTestFinished,
): string {
  const folder = copyOfTiny(whenOver)
  editJson(folder, 'tokenizer_config.json', (config) => (config.chat_template = TEMPLATES[template]))
  if (tags !== 'text') {
    editJson(folder, 'tokenizer.json', (json) => {
      const added = json.added_tokens as { id: number; content: string; special: boolean }[]
      const vocab = (json.model as { vocab: Record<string, number> }).vocab
      for (const [id, content] of [
        [THINK, '<think>'],
        [END_THINK, '</think>'],
      ] as const) {
        const token = added.find((other) => other.id === id)!
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the vocabulary is keyed by token
        delete vocab[token.content]
        Object.assign(token, { content, special: tags === 'special' })
        vocab[content] = id
      }
    })
  }
  return folder
}
