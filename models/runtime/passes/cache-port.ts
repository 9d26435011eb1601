/** An input of a graph through which the cached keys or values of a layer come. */
export interface CachePort {
  kind: 'key' | 'value'
  layer: number
}

const known = new Map<string, CachePort>()

/** What `key.LAYER` or `value.LAYER` stands for. */
export function cachePort(name: string): CachePort {
  let port = known.get(name)
  if (!port) {
    const [kind, layer] = name.split('.') as [CachePort['kind'], string]
    port = { kind, layer: Number(layer) }
    known.set(name, port)
  }
  return port
}
