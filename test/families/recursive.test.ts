import { describe, expect, it } from 'vitest'
import { editJson } from '../models/support.ts'
import { copyOf, editTensors, prepared, refused } from './support.ts'

type Config = Record<'architecture' | 'recursion' | 'kv_cache' | 'relaxation' | 'weights', Record<string, unknown>> & {
  routing: unknown
}

const edited = (fixture: string, edit: (config: Config) => void): string => {
  const folder = copyOf(fixture)
  editJson(folder, 'config.json', (json) => {
    edit(json as unknown as Config)
  })
  return folder
}

describe('a recursive model', () => {
  it.each([
    ['recursive-midcycle', ['enter', 'block', 'block', 'block', 'leave']],
    ['recursive-cycle-kvshare', ['enter', 'block', 'block', 'block', 'leave']],
    ['recursive-sequence-kvshare', ['enter', ...times('layer.0'), ...times('layer.1'), 'leave']],
    ['recursive-midsequence', ['enter', ...times('layer.0'), ...times('layer.1'), 'leave']],
  ])('visits what is shared again and again: %s', async (fixture, visits) => {
    const { plan } = await prepared(copyOf(fixture))
    expect(plan.visits.map(({ graph }) => graph)).toEqual(visits)
    expect(plan.visits.filter(({ recursion }) => recursion)).toHaveLength(plan.maxDepth)
    expect(plan.budget).toMatchObject({
      adjustable: false,
      explanation: expect.stringContaining('3 recursions') as string,
    })
  })

  it('has one cache for all recursions where K/V are shared, else one for each', async () => {
    const shared = await prepared(copyOf('recursive-cycle-kvshare'))
    expect(Object.keys(shared.plan.caches)).toEqual(['block.0', 'block.1'])
    expect(shared.plan.visits.map(({ cache }) => cache?.mode ?? null)).toEqual([
      null,
      'append',
      'shared',
      'shared',
      null,
    ])
    const own = await prepared(copyOf('recursive-midcycle'))
    expect(Object.keys(own.plan.caches)).toHaveLength(8)
  })

  it('holds shared weights once', async () => {
    const { plan } = await prepared(copyOf('recursive-midcycle'))
    const layer = 32 * 32 * 2 + 16 * 32 * 2 + 3 * 32 * 48 + 2 * 32
    expect(plan.parameters).toBe(4 * layer + 2 * 96 * 32 + 32)
    expect(Object.keys(plan.forms.host)).toEqual(['enter', 'block', 'leave'])
    expect(plan.constants).toEqual({})
  })

  it('is refused where the copies of a shared weight differ, naming the copy', async () => {
    for (const name of ['model.layers.5.mlp.up_proj.weight', 'model.layers.3.input_layernorm.weight']) {
      const folder = copyOf('recursive-midcycle')
      editTensors(folder, (tensors) => (tensors.get(name)!.values[7]! += 1e-6))
      await refused(folder, 'MODEL_WEIGHTS', name)
    }
  })

  it('keeps norms apart where they are not shared', async () => {
    const folder = edited('recursive-midcycle', (c) => (c.recursion.norms_shared = false))
    editTensors(folder, (tensors) => (tensors.get('model.layers.3.input_layernorm.weight')!.values[7]! += 1))
    const { plan } = await prepared(folder)
    expect(plan.visits.map(({ constants }) => Object.keys(constants).length)).toEqual([0, 4, 4, 4, 0])
  })

  it('binds what each recursion has of its own to its visits', async () => {
    const { plan } = await prepared(copyOf('relaxed-lora-cycle'))
    const blocks = plan.visits.filter(({ graph }) => graph === 'block')
    expect(blocks.map(({ constants }) => constants['adapter.0.q_k_v.a'])).toEqual([
      'model.layers.0.adapter.q_k_v.a',
      'model.layers.2.adapter.q_k_v.a',
      'model.layers.4.adapter.q_k_v.a',
    ])
    expect(plan.constants['model.layers.0.adapter.q_k_v.b']!.dims).toEqual([8, 64])
  })

  it.each<[string, string, string, (config: Config) => void]>([
    ['MODEL_CONFIG', 'recursion.sharing', 'recursive-midcycle', (c) => (c.recursion.sharing = 'spiral')],
    ['MODEL_CONFIG', 'recursion.first_layer_unique', 'recursive-midcycle', (c) => (c.recursion.sharing = 'cycle')],
    [
      'MODEL_CONFIG',
      'recursion.unrolled_to_physical',
      'recursive-midcycle',
      (c) => (c.recursion.sharing = 'middle_sequence'),
    ],
    ['MODEL_CONFIG', 'recursion.unrolled_layers', 'recursive-midcycle', (c) => (c.recursion.num_recursions = 2)],
    ['MODEL_CONFIG', 'recursion.num_recursions', 'recursive-midcycle', (c) => (c.recursion.num_recursions = 1e6)],
    [
      'MODEL_CONFIG',
      'weights.unrolled_layer_prefixes',
      'recursive-midcycle',
      (c) => (c.weights.unrolled_layer_prefixes = []),
    ],
    ['MODEL_CONFIG', 'kv_cache.mode', 'recursive-midcycle', (c) => (c.kv_cache.mode = 'hybrid')],
    ['MODEL_CONFIG', 'relaxation.method', 'relaxed-lora-cycle', (c) => (c.relaxation.method = 'vera')],
    [
      'MODEL_CONFIG',
      'architecture.num_key_value_heads',
      'recursive-midcycle',
      (c) => (c.architecture.num_key_value_heads = 3),
    ],
    ['MODEL_UNSUPPORTED', 'architecture.hidden_act', 'recursive-midcycle', (c) => (c.architecture.hidden_act = 'gelu')],
    [
      'MODEL_UNSUPPORTED',
      'recursion.attention_shared',
      'recursive-midcycle',
      (c) => (c.recursion.attention_shared = false),
    ],
    ['MODEL_UNSUPPORTED', 'routing', 'recursive-midcycle', (c) => (c.routing = { kind: 'expert_choice' })],
    [
      'MODEL_WEIGHTS',
      'model.layers.2.self_attn.q_proj.lora_A.default.weight',
      'relaxed-lora-cycle',
      (c) => {
        const modules = c.relaxation.modules as Record<string, { rank: number }>
        modules['model.layers.2.self_attn.q_proj']!.rank = 3
      },
    ],
    [
      'MODEL_WEIGHTS',
      'model.layers.0.self_attn.adaption_prompt',
      'relaxed-prompt-sequence',
      (c) => (c.relaxation.prompt_length = 4),
    ],
  ])('is refused with %s, naming %s (%s)', async (code, field, fixture, edit) => {
    await refused(edited(fixture, edit), code, field)
  })
})

function times(graph: string): string[] {
  return [graph, graph, graph]
}
