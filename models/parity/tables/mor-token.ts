import { isDeepStrictEqual } from 'node:util'
import type { Observed } from '../observe.ts'
import { reaching } from './mor.ts'
import type { Fact, Table } from './table.ts'
import { none, observed, OWN_CHECKS } from './table.ts'

/**
 * Mixture-of-Recursions, token choice: see README-mor.md of the recordings. Visit 0 enters and chooses depths, visit r is
 * recursion r.
 */
export const morToken: Table = {
  tensors: [
    [/^logits$/, () => observed('logits')],
    [/^hidden\.first$/, () => observed('state.0')],
    [/^hidden\.recursed$/, () => observed('register.state')],
    [/^hidden\.(embed|last|norm)$/, ([, name]) => observed(name!)],
    [/^block_out\.rec(\d+)$/, ([, r]) => ({ kind: 'derived', of: (value) => zeros(value(`out.${r}.next_current`)) })],
  ],
  facts: [
    [
      /^eval\.selected_at_recursion$/,
      {
        kind: 'seen',
        holds: (rows, { value }) =>
          (value as number[][][]).every((selected, r) =>
            isDeepStrictEqual(
              rows.map((row) => reaching(row.values.get('depth')!, r + 1)),
              selected,
            ),
          ),
      },
    ],
    [/^eval\.cache_length_per_unrolled_slot$/, { kind: 'kvRows' }],
    [/^eval\.tokens\.sequence_(\d+)\.(\w+)$/, ([, input, name]) => ofInput(Number(input), name!)],
    [/\.checks\./, OWN_CHECKS],
  ],
}

function ofInput(input: number, name: string): Fact {
  switch (name) {
    case 'router_logits':
    case 'probabilities':
    case 'choice_values':
      return { kind: 'figures', of: (rows) => rows[input]!.values.get(`out.0.tap.${name}`) }
    case 'depth':
      return { kind: 'figures', of: (rows) => rows[input]!.values.get('depth') }
    case 'gate_weight':
      return { kind: 'figures', of: (rows) => weights(rows[input]!) }
    case 'argmax_without_bias':
      return { kind: 'figures', of: (rows) => chances(rows[input]!).map((row) => 1 + row.indexOf(Math.max(...row))) }
    default:
      return name.startsWith('min_') ? OWN_CHECKS : none('nothing says what it stands for in the runtime')
  }
}

/** [tokens][depths] */
function chances({ values }: Observed): number[][] {
  const [all, tokens] = [values.get('out.0.tap.probabilities')!, values.get('depth')!.length]
  const width = all.length / tokens
  return Array.from({ length: tokens }, (_, token) => [...all.subarray(token * width, (token + 1) * width)])
}

/** Of each token, that of its depth. */
function weights(row: Observed): number[] {
  const depths = row.values.get('depth')!
  return chances(row).map((chance, token) => chance[depths[token]! - 1]!)
}

function zeros(values: Float32Array): Float32Array {
  return values.map((value) => (Number.isNaN(value) ? 0 : value))
}
