/** An input or output of a graph through which keys or values of a layer go; of one head where `head` says so. */
export interface CachePort {
  kind: 'key' | 'value'
  layer: number
  head: number
}

const known = new Map<string, CachePort | null>()

/** What a name stands for: `key.LAYER`, `value.LAYER`, `new_key.LAYER.HEAD`, `new_value.LAYER.HEAD`, or null for another. */
export function cachePort(name: string): CachePort | null {
  let port = known.get(name)
  if (port === undefined) {
    const [, kind, layer, head = 0] = /^(?:new_)?(key|value)\.(\d+)(?:\.(\d+))?$/.exec(name) ?? []
    port = kind === undefined ? null : { kind: kind as CachePort['kind'], layer: Number(layer), head: Number(head) }
    known.set(name, port)
  }
  return port
}
