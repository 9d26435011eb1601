import { describe, expect, it } from 'vitest'
import { buffersOf, tokenCost } from '../bench/gpu/kernels.ts'
import { PUBLISHED } from '../bench/gpu/published.ts'
import { residentOf } from '../bench/gpu/shapes.ts'

/** Storage buffers that every WebGPU adapter lets a shader bind. */
const GUARANTEED = 8
/** Kernels of a layer where 12 do not do: biases and norms over heads are operators, and so are sandwich norms. */
const KERNELS: Record<string, number> = {
  'Qwen2.5-0.5B': 13,
  'Qwen3-0.6B': 16,
  'Ouro-1.4B': 13,
  'Ouro-2.6B': 13,
  'Huginn-0125': 17,
}

describe.each(Object.entries(PUBLISHED))('%s on a device', async (name, config) => {
  const model = (await residentOf(config))!
  const all = Object.entries(model.nodes).flatMap(([graph, nodes]) => nodes.map((node) => ({ graph, node })))

  it('binds no more buffers to a shader than every adapter has', () => {
    const beyond = all.filter(({ node }) => buffersOf(node) > GUARANTEED)
    expect(beyond.map(({ graph, node }) => `${graph}: ${node.name}`)).toEqual([])
  })

  it('has no branch, at which the host would wait', () => {
    expect(all.filter(({ node }) => ['If', 'Loop', 'Scan'].includes(node.opType))).toEqual([])
  })

  it('runs few kernels a layer, and reads nothing back but logits', () => {
    const cost = tokenCost(model)
    expect(cost.kernelsPerLayer).toBeLessThanOrEqual(KERNELS[name] ?? 12)
    expect(cost.readbacks).toBe(1)
    expect(cost.uploads).toBeLessThanOrEqual(3)
  })
})
