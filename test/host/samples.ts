import type { EngineEvent } from '../../electron/contract/engine.ts'

export const MODEL_SAMPLING = {
  temperature: 0.9,
  topK: 40,
  topP: 0.95,
  minP: 0,
  repetitionPenalty: 1,
  maxTokens: 256,
  stop: [],
}

export const LOADED: Extract<EngineEvent, { type: 'loaded' }> = {
  type: 'loaded',
  model: {
    id: 'toy',
    name: 'Toy',
    family: 'mor',
    parameters: 1000,
    vocabSize: 100,
    contextLength: 8192,
    minDepth: 1,
    maxDepth: 3,
    precision: 'int8',
    budget: { adjustable: true, trained: true, explanation: 'More recursions.', effect: null },
    chat: true,
    thinking: { kind: 'none', begin: '', end: '', preserves: false },
  },
  device: { provider: 'cpu', reason: 'No adapter found.', threads: 2 },
  starters: ['Tell me about the sea'],
  sampling: MODEL_SAMPLING,
}

export const READINGS = { tokensPerSecond: 30, meanDepth: 2, budgetAsked: 50, budgetRealised: 51 }
