import type { ModelInfo } from '../../../models/common/values.ts'
import { DEFAULT_THINKING } from '../../../models/common/values.ts'
import type { EngineStatus, Generation, Message, Settings } from '../../../electron/contract/values.ts'
import { newGeneration } from '../../../electron/contract/values.ts'

export const MODEL: ModelInfo = {
  id: 'elastic-mor-test',
  name: 'Depthwise Small',
  family: 'elastic_mor',
  parameters: 12_400_000,
  vocabSize: 4096,
  contextLength: 1024,
  minDepth: 1,
  maxDepth: 3,
  precision: 'int8',
  budget: {
    adjustable: true,
    trained: true,
    explanation:
      'At 0% every token passes the shared block once; at 100% every token passes it three times. In between, the model’s own router picks the tokens that need more.',
    effect: { spread: 0.08, first: 60 },
  },
  chat: true,
  thinking: { kind: 'none', begin: '', end: '', preserves: false },
}

export const READY: EngineStatus = {
  phase: 'ready',
  progress: null,
  model: MODEL,
  device: {
    provider: 'cpu',
    reason:
      'CPU. WebGPU: no adapter found. Chosen by measurement: 4 threads, 9.1 ms a token (1 thread 21 ms, 2 threads 13 ms).',
    threads: 4,
  },
  failure: null,
  restarts: 0,
}

export const FAILED: EngineStatus = {
  ...READY,
  phase: 'failed',
  model: null,
  device: null,
  failure: {
    code: 'MODEL_WEIGHTS',
    message: 'The weights of the model are cut short: 20 MB of 31 MB are there. Copy the model folder again.',
    detail: 'model.safetensors',
  },
}

export const SETTINGS: Settings = {
  theme: 'system',
  textSize: 'normal',
  language: 'system',
  budget: 60,
  provider: 'auto',
  precision: 'int8',
  tintByDepth: false,
  dockFolded: null,
  notifications: 'preview',
  sampling: {
    temperature: 0.7,
    topK: 40,
    topP: 0.95,
    minP: 0,
    repetitionPenalty: 1.1,
    maxTokens: 512,
    stop: [],
  },
  thinking: DEFAULT_THINKING,
  seed: null,
  modelFolder: null,
  systemPrompt: '',
  presets: [],
  welcomed: true,
}

export const STARTERS = [
  'Tell me about the sea.',
  'What is your favourite season, and why?',
  'Write a short story about a lost key.',
  'How do I write a loop in Python?',
]

export const THINKING: ModelInfo['thinking'] = { kind: 'switch', begin: '<think>', end: '</think>', preserves: true }

export const THOUGHT =
  'The person asks about something broad, so I should first decide what matters most. A short overview will do, then a few details that most people have not heard of.\n\nWhat would surprise them? Perhaps that so little of it has ever been seen. I could begin with that, go from the light to the dark, and end with an offer to say more.\n\nLet me check the figures: more than two thirds of the surface; the twilight zone from 200 to 1,000 metres; the midnight zone below it. That is right as far as I know. I will keep it to one list.'

export const ANSWERS = [
  'The sea covers more than two thirds of the Earth, and most of it has never been seen.\n\nNear the shore the water is *shallow* and full of light. Further out it falls away:\n\n- the **twilight zone**, from 200 to 1,000 metres, where the last blue light ends\n- the **midnight zone**, down to 4,000 metres, which is always dark\n- the **trenches**, where the pressure is a thousand times that of the air\n\nWhat lives there makes its own light. If you would like, I can tell you about one of these animals.',
  'A loop repeats a block of code. In Python the usual one is `for`:\n\n```python\nfor depth in range(1, 4):\n    # one pass of the shared block\n    print(f"recursion {depth}")\n```\n\nUse `while` when you do not know beforehand how often:\n\n```python\ntotal = 0\nwhile total < 10:\n    total += 3\n```\n\n| loop | when |\n|---|---|\n| `for` | over known things |\n| `while` | until something is true |\n\nSee [the tutorial](https://example.org/loops) for more.',
  'Autumn, I think. The light gets low and golden, and the air smells of leaves and rain. Everything slows down a little, and that makes room for a good walk, a warm room and a long book.',
]

export function message(part: Partial<Message> & Pick<Message, 'id' | 'conversationId' | 'role'>): Message {
  return { parentId: null, status: 'complete', text: '', createdAt: Date.now(), generation: null, ...part }
}

export function generation(part: Partial<Generation> = {}): Generation {
  const asked = { budget: 60, seed: 1, sampling: SETTINGS.sampling }
  return { ...newGeneration(asked), model: MODEL.name, modelId: 'built-in', device: 'CPU, 4 threads', ...part }
}
