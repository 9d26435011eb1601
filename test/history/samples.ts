import type { Generation } from '../../electron/contract/values.ts'
import { newGeneration } from '../../electron/contract/values.ts'

export function generation(changes: Partial<Generation> = {}): Generation {
  const sampling = { temperature: 0.7, topK: 0, topP: 0.9, minP: 0, repetitionPenalty: 1, maxTokens: 64, stop: [] }
  const asked = { budget: 50, seed: 7, sampling }
  return { ...newGeneration(asked), model: 'test-model', device: 'CPU, 2 threads', ...changes }
}
