import type { Generation } from '../../electron/contract/values.ts'

export function generation(changes: Partial<Generation> = {}): Generation {
  return {
    model: 'test-model',
    device: 'cpu, 2 threads',
    budget: 50,
    budgetChanges: [],
    seed: 7,
    sampling: { temperature: 0.7, topK: 0, topP: 0.9, minP: 0, repetitionPenalty: 1, maxTokens: 64, stop: [] },
    depths: [],
    lengths: [],
    promptTokens: 0,
    budgetRealised: null,
    meanDepth: null,
    tokensPerSecond: null,
    ttftMs: null,
    finishReason: null,
    failure: null,
    ...changes,
  }
}
