import { describe, expect, it, onTestFinished } from 'vitest'
import { trainedThresholds } from '../../models/runtime/budget/thresholds.ts'
import { LoadedGraphs } from '../../models/runtime/graphs.ts'
import { sequenceOn } from '../../models/runtime/backend.ts'
import type { Sequence } from '../../models/runtime/sequence.ts'
import { prepare } from '../../models/prepare/prepare.ts'
import { editJson, temporaryFolder } from '../models/support.ts'
import type { Options } from './reference/random-mor.ts'
import { randomMor } from './reference/random-mor.ts'
import { modelFolder } from './reference/random.ts'
import { copyOf, editTensors, prepared, refused } from './support.ts'

type Section = 'architecture' | 'recursion' | 'kv_cache' | 'routing' | 'weights'
type Config = Record<Section, Record<string, unknown>> & { relaxation: unknown }

const EXPERT = 'mor-expert-auxrouter-mlp-midcycle-cache'
const TOKEN = 'mor-token-lossfree-sigmoid-mlp-midcycle-kvshare'
const CYCLE = 'mor-expert-auxloss-tanh-widemlp-cycle-cache'

const edited = (fixture: string, edit: (config: Config) => void): string => {
  const folder = copyOf(fixture)
  editJson(folder, 'config.json', (json) => {
    edit(json as unknown as Config)
  })
  return folder
}

const pick = (from: Record<string, unknown>, names: string[]): Record<string, unknown> =>
  Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]]))

async function sequenceOf(folder: string): Promise<{ sequence: Sequence; trained: number[] }> {
  const model = await prepared(folder)
  const graphs = await LoadedGraphs.load(model, { provider: 'cpu', threads: 1 })
  onTestFinished(() => graphs.release())
  return { sequence: sequenceOn(model.plan, graphs), trained: trainedThresholds(model.plan.policy)! }
}

const random = (family: 'mor-expert' | 'mor-token', options: Options = {}): string => {
  const { config, tensors } = randomMor(family, options, 3)
  return modelFolder(config, tensors)
}

describe('a Mixture-of-Recursions', () => {
  it.each([EXPERT, TOKEN, CYCLE])(
    'is the same by a short configuration, in the names of its makers: %s',
    async (name) => {
      const full = await prepared(copyOf(name))
      const short = edited(name, (c) => {
        c.recursion = pick(c.recursion, ['num_recursions', 'sharing', 'block_depth'])
        if (name === CYCLE) c.recursion.norms_shared = false
        c.architecture = pick(c.architecture, [
          ...[
            'vocab_size',
            'hidden_size',
            'intermediate_size',
            'num_attention_heads',
            'num_key_value_heads',
            'head_dim',
          ],
          ...['rms_norm_eps', 'max_position_embeddings', 'eos_token_id'],
        ])
        c.routing = pick(c.routing, ['router', 'score', 'alpha', 'capacities', 'auxiliary', 'balancing'])
        for (const field of ['weights', 'relaxation', 'original']) Reflect.deleteProperty(c, field)
      })
      const { id, ...plan } = (await prepared(short)).plan
      expect(plan).toEqual({ ...full.plan, id: undefined })
      expect(id).not.toBe(full.plan.id)
    },
  )

  it('takes what recursions share from wherever it lies, once', async () => {
    const folder = copyOf(EXPERT)
    const { plan } = await prepared(folder)
    editJson(folder, 'config.json', (config) => delete config.weights)
    editTensors(folder, (tensors) => {
      for (const name of [...tensors.keys()]) {
        // as safetensors leaves out all but one name of a shared tensor
        if (/layers\.[13]\.block.*(q_proj|norm)/.test(name)) tensors.delete(name)
        if (/layers\.[12]\.block.*down_proj/.test(name) || name === 'lm_head.weight') tensors.delete(name)
      }
    })
    expect((await prepared(folder)).plan.parameters).toBe(plan.parameters)
    editTensors(folder, (tensors) => tensors.delete('model.layers.2.block.1.self_attn.q_proj.weight'))
    await refused(folder, 'MODEL_WEIGHTS', 'model.layers.1.block.1.self_attn.q_proj.weight')
  })

  it('holds routers in float32 whatever its precision, and shared weights once', async () => {
    const model = await prepare(copyOf(EXPERT), temporaryFolder(), 'int4', undefined, { chat: false })
    const routers = Object.entries(model.plan.constants).filter(([name]) => name.includes('router'))
    expect(routers).toHaveLength(12)
    expect(Object.keys(model.plan.forms.host)).toEqual(['enter', 'leave', 'block'])
  })

  it.each<[string, string, string, (config: Config) => void]>([
    ['MODEL_UNSUPPORTED', 'recursion.sharing', EXPERT, (c) => (c.recursion.sharing = 'middle_sequence')],
    ['MODEL_UNSUPPORTED', 'recursion.sharing', TOKEN, (c) => (c.recursion.sharing = 'cycle')],
    ['MODEL_UNSUPPORTED', 'recursion.attention_shared', EXPERT, (c) => (c.recursion.attention_shared = false)],
    ['MODEL_UNSUPPORTED', 'relaxation', EXPERT, (c) => (c.relaxation = { method: 'lora' })],
    ['MODEL_UNSUPPORTED', 'architecture.hidden_act', EXPERT, (c) => (c.architecture.hidden_act = 'gelu')],
    ['MODEL_UNSUPPORTED', 'routing.router.type', EXPERT, (c) => (c.routing.router = { type: 'attention' })],
    ['MODEL_UNSUPPORTED', 'routing.router.bias', TOKEN, (c) => (c.routing.router = { type: 'mlp', bias: true })],
    ['MODEL_UNSUPPORTED', 'routing.hierarchical', EXPERT, (c) => (c.routing.hierarchical = false)],
    ['MODEL_CONFIG', 'kv_cache.mode', EXPERT, (c) => (c.kv_cache.mode = 'hybrid')],
    ['MODEL_CONFIG', 'routing.kind', EXPERT, (c) => (c.routing.kind = 'token_choice')],
    ['MODEL_CONFIG', 'routing.score', EXPERT, (c) => (c.routing.score = 'softmax')],
    ['MODEL_CONFIG', 'routing.score', TOKEN, (c) => (c.routing.score = 'tanh')],
    ['MODEL_CONFIG', 'routing.alpha', TOKEN, (c) => (c.routing.alpha = 0)],
    ['MODEL_CONFIG', 'routing.capacities', EXPERT, (c) => (c.routing.capacities = [0.5, 0.75, 0.25])],
    ['MODEL_CONFIG', 'routing.capacities', EXPERT, (c) => (c.routing.capacities = [0.5, 0.5])],
    ['MODEL_CONFIG', 'routing.causal_rule.source', EXPERT, (c) => (c.routing.causal_rule = { source: 'router' })],
    [
      'MODEL_CONFIG',
      'routing.causal_rule.threshold_applied',
      EXPERT,
      (c) => (c.routing.causal_rule = { threshold_applied: [true] }),
    ],
    ['MODEL_CONFIG', 'routing.weights', EXPERT, (c) => (c.routing.weights = [])],
    [
      'MODEL_CONFIG',
      'routing.weights.0.recursion',
      EXPERT,
      (c) => (c.routing.weights = (c.routing.weights as unknown[]).toReversed()),
    ],
    ['MODEL_CONFIG', 'recursion.unrolled_layers', EXPERT, (c) => (c.recursion.num_recursions = 2)],
    [
      'MODEL_WEIGHTS',
      'model.layers.1.mor_router.router.weight',
      EXPERT,
      (c) => (c.routing.router = { type: 'linear' }),
    ],
    [
      'MODEL_WEIGHTS',
      'model.layers.1.mlp_router.router.0.weight',
      EXPERT,
      (c) => Object.assign(c.routing, { auxiliary: 'aux_loss', causal_rule: {} }),
    ],
    ['MODEL_WEIGHTS', 'model.layers.1.router_bias', TOKEN, (c) => (c.routing.balancing = 'loss')],
  ])('is refused with %s, naming %s (%s)', async (code, field, fixture, edit) => {
    await refused(edited(fixture, edit), code, field)
  })

  it.each<[string, string, string, Parameters<typeof editTensors>[1]]>([
    [
      'attention that is not shared',
      EXPERT,
      'model.layers.3.block.1.self_attn.v_proj.weight',
      (t) => (t.get('model.layers.3.block.1.self_attn.v_proj.weight')!.values[0]! += 1e-3),
    ],
    [
      'a router of another shape',
      EXPERT,
      'model.layers.2.mor_router.router.2.weight',
      (t) => (t.get('model.layers.2.mor_router.router.2.weight')!.shape = [2, 32]),
    ],
    [
      'no auxiliary router',
      EXPERT,
      'model.layers.3.mlp_router.router.0.weight',
      (t) => t.delete('model.layers.3.mlp_router.router.0.weight'),
    ],
    ['no bias', TOKEN, 'model.layers.1.router_bias', (t) => t.delete('model.layers.1.router_bias')],
  ])('is refused where it has %s', async (_, fixture, tensor, edit) => {
    const folder = copyOf(fixture)
    editTensors(folder, edit)
    await refused(folder, 'MODEL_WEIGHTS', tensor)
  })
})

describe('expert choice', () => {
  it('leaves K/V in recursion 1 of tokens that it refuses, where later recursions read them', async () => {
    const ids = [4, 8, 15, 16, 23]
    for (const [kv, rows] of [
      ['shared', [5, 5, 5, 5]],
      ['recursion_wise', [5, 0, 0, 0, 0, 0, 0, 5]],
    ] as const) {
      const { sequence } = await sequenceOf(random('mor-expert', { kv, capacities: [0.9, 0.5, 0.5] }))
      const { depths } = await sequence.append(ids, [Infinity, 0, 0], 'last')
      expect([...depths]).toEqual([0, 0, 0, 0, 0])
      expect(sequence.kv.rows).toEqual(rows)
    }
  })

  it('thresholds recursions of capacity 1 only where it is told to', async () => {
    const folder = random('mor-expert', { times: 4, depth: 1 })
    const { plan } = await prepared(folder)
    expect(plan.policy).toMatchObject({ trained: [0, 0, 0], capacities: [0.75, 0.5, 0.25] })
    expect(plan.visits.map(({ admission }) => admission.length)).toEqual([0, 0, 1, 1, 1, 0])
    editJson(folder, 'config.json', (config) => (config.threshold_every_recursion = true))
    expect((await prepared(folder)).plan.policy).toMatchObject({
      trained: [0, 0, 0, 0],
      capacities: [1, 0.75, 0.5, 0.25],
    })
  })

  it('says what a budget means, or why there is none', async () => {
    const { budget } = (await prepared(random('mor-expert'))).plan
    expect(budget).toMatchObject({
      adjustable: true,
      explanation: expect.stringMatching(/67 % for recursion 2/) as string,
    })
    const { plan } = await prepared(random('mor-expert', { capacities: [1, 1, 1] }))
    expect(plan).toMatchObject({ policy: { kind: 'fixed' }, budget: { adjustable: false } })
  })
})

describe('token choice', () => {
  it('takes the first of equal depths', async () => {
    const { config, tensors } = randomMor('mor-token', { score: 'softmax', alpha: 1 }, 3)
    tensors['model.layers.1.mor_router.router.weight']!.values.fill(0)
    const { sequence, trained } = await sequenceOf(modelFolder(config, tensors))
    expect([...(await sequence.append([4, 8, 15], trained, 'last')).depths]).toEqual([1, 1, 1])
  })

  it('goes as deep as thresholds let it, and never further once refused', async () => {
    const folder = random('mor-token', { score: 'softmax', times: 4, depth: 1 })
    for (const [thresholds, depth] of [
      [[-Infinity, -Infinity, -Infinity], 4],
      [[-Infinity, Infinity, -Infinity], 2],
      [[Infinity, -Infinity, -Infinity], 1],
    ] as const) {
      const { sequence } = await sequenceOf(folder)
      expect([...(await sequence.append([4, 8, 15], thresholds, 'last')).depths]).toEqual([depth, depth, depth])
    }
    expect((await prepared(folder)).plan.policy).toMatchObject({ capacities: [0.75, 0.5, 0.25], deepening: true })
  })
})
