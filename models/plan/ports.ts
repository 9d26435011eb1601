/** Names of the graph inputs and outputs that the runtime itself gives and takes; what they hold is in plan.ts. */
export const PORT = {
  ids: 'ids',
  positions: 'positions',
  outputRows: 'output_rows',
  logits: 'logits',
  state: 'state',
  nextState: 'next_state',
  // of the host's form
  mask: 'mask',
  split: 'split',
  writes: 'writes',
  newKeys: 'new_keys',
  newValues: 'new_values',
  // of the resident form
  last: 'last',
  total: 'total',
  reached: 'reached',
  shape: 'shape',
  room: 'room',
  rows: 'rows',
  taken: 'taken',
} as const

/** `key`: the cached keys of a layer as the host has them; `past`, `present`, `from`: as they lie on a device. */
type KvPort = 'key' | 'value' | `${'past' | 'present' | 'from'}_${'key' | 'value'}`

/** The port of layer `i`'s keys or values. */
export const kvPort = (port: KvPort, i: number): string => `${port}.${i}`

/** What a reference records inside a graph. */
export const tapPort = (name: string): string => `tap.${name}`

export const isTap = (port: string): boolean => port.startsWith('tap.')

/** The resident form of a graph for visits that only read K/V. */
export const readingForm = (graph: string): string => `${graph}.reading`

/** The graph that gives tokens the K/V that they left in an earlier visit of so many layers. */
export const fillForm = (layers: number): string => `fill.${layers}`
