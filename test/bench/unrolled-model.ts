import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { SafetensorsFile } from '../../models/formats/safetensors.ts'
import { writeSafetensors } from '../models/support.ts'

interface ElasticConfig extends Record<string, unknown> {
  hidden_size: number
  num_block_layers: number
  num_recursions: number
}

const NORMS = ['input_layernorm', 'post_attention_layernorm']

/**
 * An elastic MoR at full depth as anybody would export it: a dense Llama with every recursion written out as layers of
 * its own, K/V of their own, and no router. What the plan of visits is measured against.
 */
export function writeUnrolled(source: string, folder: string): void {
  mkdirSync(folder, { recursive: true })
  const config = JSON.parse(readFileSync(path.join(source, 'config.json'), 'utf8')) as ElasticConfig
  const { num_block_layers: blockLayers, num_recursions: recursions, hidden_size: hidden } = config
  const layers = [
    { prefix: 'model.first_layers.0', recursion: null },
    ...Array.from({ length: recursions }, (_, recursion) =>
      Array.from({ length: blockLayers }, (__, i) => ({ prefix: `model.block.${i}`, recursion })),
    ).flat(),
    { prefix: 'model.last_layers.0', recursion: null },
  ]
  const file = new SafetensorsFile(path.join(source, 'model.safetensors'))
  const tensors: Parameters<typeof writeSafetensors>[1] = {}
  const copy = (from: string, to: string): void => {
    const { shape } = file.entries.get(from)!
    tensors[to] = { shape, values: file.readFloats(from, shape) }
  }
  for (const name of ['model.embed_tokens.weight', 'model.norm.weight']) copy(name, name)
  layers.forEach(({ prefix, recursion }, l) => {
    for (const name of file.entries.keys()) {
      if (!name.startsWith(`${prefix}.`)) continue
      const to = name.replace(prefix, `model.layers.${l}`)
      copy(name, to)
      if (recursion !== null && NORMS.some((norm) => name.includes(norm))) {
        const { values } = tensors[to]!
        tensors[to] = {
          shape: [hidden],
          values: Array.from(values).slice(recursion * hidden, (recursion + 1) * hidden),
        }
      }
    }
  })
  file.close()
  writeSafetensors(path.join(folder, 'model.safetensors'), tensors)
  const dense = { ...config, model_type: 'llama', num_hidden_layers: layers.length }
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(dense))
  for (const name of ['tokenizer.json', 'tokenizer_config.json'])
    copyFileSync(path.join(source, name), path.join(folder, name))
}
