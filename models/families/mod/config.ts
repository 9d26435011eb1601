import * as v from 'valibot'
import { inconsistent, size, unsupported } from '../family.ts'
import { denseFields } from '../dense.ts'

const LayerIndexSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const RuleSchema = v.picklist(['predictor', 'aux', 'token_choice', 'topk'])

/** Mixture-of-Depths and MoDE as their recordings describe them; there is no published form. */
export const ModConfigSchema = v.object({
  ...denseFields,
  intermediate_size: v.optional(size(1, 262_144), 1),
  /** staged: a routed layer processes a token wholly or not at all. integrated: attention always, experts or none. */
  mode_type: v.picklist(['staged', 'integrated']),
  mod_layers: v.array(LayerIndexSchema),
  mod_capacity: v.pipe(v.number(), v.gtValue(0), v.maxValue(1)),
  moe_intermediate_size: size(1, 262_144),
  num_local_experts: size(1, 256),
  num_experts_per_tok: size(1, 256),
  norm_topk_prob: v.optional(v.boolean(), true),
  predictor_hidden_size: v.optional(size(1, 65_536)),
  predictor_threshold: v.optional(v.pipe(v.number(), v.gtValue(0), v.ltValue(1)), 0.5),
  noop_experts: v.optional(size(0, 256), 0),
  causal_rules: v.pipe(v.array(RuleSchema), v.minLength(1)),
  /** Ours: which of the rules decides; default: the first. `topk` is the rule of training, which looks ahead. */
  rule: v.optional(RuleSchema),
  /** Ours: whether what a routed layer gives includes its input, as in Mixture-of-Recursions. */
  f_with_residual: v.optional(v.boolean(), false),
})
export type ModConfig = v.InferOutput<typeof ModConfigSchema> & { rule: v.InferOutput<typeof RuleSchema> }

/** @throws DepthwiseError MODEL_CONFIG where fields contradict each other */
export function checkMod(config: v.InferOutput<typeof ModConfigSchema>): ModConfig {
  const { mode_type: type, mod_layers: routed, num_hidden_layers: layers, num_local_experts: experts } = config
  if (routed.some((layer) => layer >= layers) || new Set(routed).size !== routed.length) {
    throw inconsistent('mod_layers', `they are not some of ${layers} layers`)
  }
  const staged = type === 'staged'
  if (config.noop_experts > 1) throw unsupported('noop_experts', config.noop_experts)
  if (config.noop_experts !== (staged ? 0 : 1)) {
    throw inconsistent('noop_experts', `${type} needs ${staged ? 'none' : 'one'}`)
  }
  const choices = experts + config.noop_experts
  if (config.num_experts_per_tok > choices) {
    throw inconsistent('num_experts_per_tok', `there are ${choices} to choose from`)
  }
  const rule = config.rule ?? config.causal_rules[0]!
  if (rule === (staged ? 'token_choice' : 'aux')) throw inconsistent('causal_rules', `${rule} is no rule of ${type}`)
  const checked = { ...config, rule }
  if (needsPredictor(checked) && config.predictor_hidden_size === undefined) {
    throw inconsistent('predictor_hidden_size', 'a predictor has one')
  }
  return checked
}

/** Whether weights lack something without a predictor. */
export function needsPredictor({ rule, causal_rules: rules }: ModConfig): boolean {
  return [rule, ...rules].includes('predictor')
}
