import type { Description } from './describe.ts'
import { describe } from './describe.ts'
import { PUBLISHED } from './published.ts'

/** A model on the Hub that is worth having. */
export interface CatalogueEntry extends Description {
  repository: string
  /** Why one would want it, in a sentence. */
  why: string
  gated: boolean
  /** Of what would be downloaded, as the Hub listed it in autumn 2026. */
  bytes: number
}

interface Listed {
  repository: string
  licence: string
  bytes: number
  config: keyof typeof PUBLISHED
  why: string
  /** What its template lets it do; nothing: it continues texts. */
  does?: 'chats' | 'thinks'
  gated?: boolean
}

const retrofit = (steps: number, why: string): Listed => ({
  repository: `smcleish/Recurrent-Llama-3.2-train-recurrence-${steps}`,
  licence: 'apache-2.0 (made of Llama 3.2)',
  bytes: 5_550_000_000,
  config: 'recurrent-llama',
  why,
})

const LISTED: readonly Listed[] = [
  {
    repository: 'ByteDance/Ouro-1.4B-Thinking',
    licence: 'apache-2.0',
    bytes: 2_872_800_000,
    config: 'ouro-1.4b',
    does: 'thinks',
    why: 'The model that the slider is largest on: one to four loops, by its own exit gate.',
  },
  {
    repository: 'ByteDance/Ouro-2.6B-Thinking',
    licence: 'apache-2.0',
    bytes: 5_342_000_000,
    config: 'ouro-2.6b',
    does: 'thinks',
    why: 'The larger of the two, and the better reasoner; it takes twice the time and memory.',
  },
  {
    repository: 'Nanbeige/Nanbeige4.2-3B',
    licence: 'apache-2.0',
    bytes: 8_349_000_000,
    config: 'nanbeige4.2-3b',
    does: 'thinks',
    why: 'The strongest looped model of its size; it always runs both loops.',
  },
  {
    repository: 'tomg-group-umd/huginn-0125',
    licence: 'apache-2.0',
    bytes: 15_650_000_000,
    config: 'huginn-0125',
    does: 'chats',
    why: 'The classic of recurrent depth: every token thinks until its state settles, up to 32 steps.',
  },
  retrofit(4, 'A Llama 3.2 made recurrent, trained with 4 steps on average: good at 1 to 8.'),
  retrofit(8, 'A Llama 3.2 made recurrent, trained with 8 steps on average: mathematics gains up to there.'),
  retrofit(16, 'A Llama 3.2 made recurrent, trained with 16 steps on average.'),
  retrofit(32, 'A Llama 3.2 made recurrent, trained with 32 steps on average: the widest slider of the four.'),
  {
    repository: 'sapientinc/HRM-Text-1B',
    licence: 'apache-2.0',
    bytes: 2_370_000_000,
    config: 'hrm-text-1b',
    why: 'Two stacks that take turns; for research, not for conversation.',
  },
  {
    repository: 'HuggingFaceTB/SmolLM2-135M-Instruct',
    licence: 'apache-2.0',
    bytes: 272_000_000,
    config: 'smollm2-135m',
    does: 'chats',
    why: 'What the built-in model was made of: small and quick.',
  },
  {
    repository: 'HuggingFaceTB/SmolLM2-360M-Instruct',
    licence: 'apache-2.0',
    bytes: 727_000_000,
    config: 'smollm2-360m',
    does: 'chats',
    why: 'A small model for plain questions, without a slider.',
  },
  {
    repository: 'HuggingFaceTB/SmolLM2-1.7B-Instruct',
    licence: 'apache-2.0',
    bytes: 3_426_000_000,
    config: 'smollm2-1.7b',
    does: 'chats',
    why: 'A dense model to compare looped ones of its size with.',
  },
  {
    repository: 'Qwen/Qwen3-0.6B',
    licence: 'apache-2.0',
    bytes: 1_515_000_000,
    config: 'qwen3-0.6b',
    does: 'thinks',
    why: 'The smallest dense model that thinks before it answers.',
  },
  {
    repository: 'Qwen/Qwen3-1.7B',
    licence: 'apache-2.0',
    bytes: 4_075_000_000,
    config: 'qwen3-1.7b',
    does: 'thinks',
    why: 'A dense model that thinks, to compare Ouro with.',
  },
  {
    repository: 'meta-llama/Llama-3.2-1B-Instruct',
    licence: 'llama3.2',
    bytes: 2_481_000_000,
    config: 'llama-3.2-1b',
    does: 'chats',
    gated: true,
    why: 'A dense model that much else is measured by; its maker wants its terms accepted.',
  },
]

/** The models that the page of models suggests. Nothing is asked of anybody for it. */
export function catalogue(): CatalogueEntry[] {
  return LISTED.map(({ repository, licence, bytes, config, why, does, gated = false }) => {
    const name = repository.slice(repository.indexOf('/') + 1)
    const can = { chat: does !== undefined, thinking: does === 'thinks' }
    const described = describe({ name, licence, config: PUBLISHED[config], ...can })
    const terms = gated ? ["Accept the model's terms on its page, then give Depthwise a token."] : []
    return { ...described, notes: [...described.notes, ...terms], repository, why, gated, bytes }
  })
}
