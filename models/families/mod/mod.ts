import { PORT } from '../../plan/ports.ts'
import { float32Above } from '../../formats/floats.ts'
import { expertVisit } from '../../graphs/experts.ts'
import { buildStage } from '../../graphs/stage.ts'
import type { Condition, Visit } from '../../plan/plan.ts'
import { clears, leave, ownCache, register, STATE, step, visit } from '../../plan/visit.ts'
import type { ModelWriter } from '../build.ts'
import type { Compiled } from '../compiled.ts'
import { compiled } from '../compiled.ts'
import { readShape, refuseOthers } from '../dense.ts'
import { defineFamily } from '../family.ts'
import type { LlamaShape } from '../llama.ts'
import { readEnds } from '../llama.ts'
import type { ModConfig } from './config.ts'
import { checkMod, ModConfigSchema } from './config.ts'
import type { ModLayer } from './layers.ts'
import { alone, layerGraph, readModLayer, routeGraph, takeGraph } from './layers.ts'
import type { TensorReader } from '../tensors.ts'

/**
 * Mixture-of-Depths (arXiv 2404.02258) and MoDE: some layers process only the tokens that a router lets in, the others
 * pass them by; made causal by a predictor, or by a router trained to be one. The experts of a layer are visits of their
 * own, so that only those chosen are computed. Names and configuration are those of the recordings' reference; no one has
 * published such a model.
 */
export const mixtureOfDepths = defineFamily('mode_reference', ModConfigSchema, (config, tensors, writer) =>
  new Compiler(checkMod(config), tensors, writer).compile(),
)

/** Every share of a chosen expert is larger, and 0 is not. */
const CHOSEN = 1e-37

class Compiler {
  private readonly config: ModConfig
  private readonly shape: LlamaShape
  private readonly tensors: TensorReader
  private readonly writer: ModelWriter
  private readonly visits: Visit[] = []

  constructor(config: ModConfig, tensors: TensorReader, writer: ModelWriter) {
    refuseOthers(config)
    this.config = config
    this.shape = readShape(config, null)
    this.tensors = tensors
    this.writer = writer
  }

  async compile(): Promise<Compiled> {
    const { config, shape, tensors, writer } = this
    const { table, head } = readEnds(tensors, shape, config.tie_word_embeddings)
    await writer.graph('enter', { shape }, (target) => {
      buildStage(target, shape, { table })
    })
    this.visits.push(visit('enter', { recursion: true }))
    if (config.mode_type === 'integrated') {
      await writer.graph('take', { shape }, (target) => {
        takeGraph(target, config.num_local_experts)
      })
    }
    for (let i = 0; i < config.num_hidden_layers; i++) await this.layer(i)
    const norm = tensors.floats('model.norm.weight', [shape.hiddenSize])
    await writer.graph('leave', { shape }, (target) => {
      buildStage(target, shape, { head: { norm, matrix: head } })
    })
    this.visits.push(leave('leave'))
    const routed = config.mod_layers.length
    const adjustable = routed > 0 && config.rule !== 'token_choice'
    return compiled(shape, {
      maxDepth: 1 + routed,
      visits: this.visits,
      registers: {
        normed: register(shape.hiddenSize),
        weight: register(1, 1),
        score: register(1),
        chosen: register(config.num_local_experts),
        shares: register(config.num_local_experts),
      },
      policy: adjustable
        ? {
            kind: 'quantile',
            trained: config.mod_layers.map(() => this.least()),
            capacities: config.mod_layers.map(() => config.mod_capacity),
            deepening: false,
          }
        : { kind: 'fixed' },
      explanation: this.explanation(adjustable),
    })
  }

  /** Scores are logits: σ(score) > threshold. */
  private least(): number {
    const { rule, predictor_threshold: threshold } = this.config
    return float32Above(rule === 'predictor' ? Math.log(threshold / (1 - threshold)) : 0)
  }

  /** Who is given experts: of a token's own choices, the first may be to do nothing. */
  private taking(decided: Condition[]): Condition[] {
    const { rule, num_experts_per_tok: top } = this.config
    if (rule !== 'token_choice') return decided
    return top === 1 ? [{ register: 'score', column: 0, atLeast: 0 }] : []
  }

  private explanation(adjustable: boolean): string {
    const { mod_layers: routed, num_hidden_layers: layers, mod_capacity: capacity, mode_type: type } = this.config
    if (adjustable) {
      const what = type === 'staged' ? 'pass through them; the others skip them' : 'are given experts there'
      return (
        `Share of the tokens that ${what}: ${routed.length} of ${layers} layers have a router. ` +
        `It was trained for ${Math.round(100 * capacity)} %, so other budgets are beyond its training.`
      )
    }
    return routed.length === 0
      ? 'No layer of this model has a router, so nothing can be left out.'
      : 'Every token chooses its experts, doing nothing among them: nothing is left to a budget.'
  }

  private async layer(index: number): Promise<void> {
    const { config, shape, tensors, writer } = this
    const threshold = config.mod_layers.indexOf(index)
    const routed = threshold >= 0
    const staged = routed && config.mode_type === 'staged'
    const layer = readModLayer(tensors, config, shape, index, routed)
    if (staged) {
      await writer.graph(`route.${index}`, { shape }, (target) => {
        routeGraph(target, layer, config, shape.hiddenSize)
      })
      this.visits.push(step(`route.${index}`, { outputs: { weight: 'weight', score: 'score', shares: 'shares' } }))
    }
    await writer.graph(`layer.${index}`, { shape }, (target) => {
      layerGraph(target, layer, config, shape)
    })
    const asked = !alone(config, layer)
    const decided: Condition[] = routed ? [clears(threshold, 'score')] : []
    const integrated = routed && !staged
    this.visits.push(
      step(`layer.${index}`, {
        inputs: { [PORT.state]: STATE, ...(staged && { weight: 'weight' }) },
        outputs: {
          [PORT.nextState]: STATE,
          ...(asked && { normed: 'normed', chosen: integrated ? 'chosen' : 'shares' }),
          ...(integrated && { score: 'score', shares: 'shares' }),
        },
        cache: ownCache(`layer.${index}`, 1),
        admission: staged ? decided : [],
        recursion: staged,
        cost: integrated ? 0.5 : 1,
      }),
    )
    if (integrated) {
      this.visits.push(
        visit('take', {
          inputs: { chosen: 'chosen' },
          outputs: { shares: 'shares' },
          admission: this.taking(decided),
          recursion: true,
          cost: 0.5,
        }),
      )
    }
    if (asked) await this.experts(layer, index, staged)
  }

  private async experts(layer: ModLayer, index: number, staged: boolean): Promise<void> {
    const sizes = { hidden: this.shape.hiddenSize, experts: layer.experts.length }
    if (!staged) this.writer.constant('one', [1, 1], Float32Array.of(1))
    for (const [e, expert] of layer.experts.entries()) {
      await this.writer.graph(`expert.${index}.${e}`, {}, (target) => {
        expertVisit(target, expert, e, sizes)
      })
      this.visits.push(
        step(`expert.${index}.${e}`, {
          inputs: { [PORT.state]: STATE, normed: 'normed', shares: 'shares', ...(staged && { weight: 'weight' }) },
          constants: staged ? {} : { weight: 'one' },
          admission: [{ register: 'shares', column: e, atLeast: CHOSEN }],
        }),
      )
    }
  }
}
