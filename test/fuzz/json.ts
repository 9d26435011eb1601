import type { Random } from './random.ts'

/** A number that JSON can write and JavaScript cannot hold; put in behind JSON.stringify. */
const BEYOND = '@1e400@'
const NESTED = JSON.parse('['.repeat(100) + ']'.repeat(100)) as unknown

const EXTREMES: readonly unknown[] = [
  ...[null, true, false, 0, -0, 1, -1, 2, 7, 0.5, 1e-320, 1e308, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 + 2, -(2 ** 63)],
  ...['', 'x', '\ud800', '\u0000', 'a'.repeat(1000), '../x', '/etc/passwd', 'constructor', BEYOND],
  ...[[], {}, [[]], [null], { a: 1 }, NESTED, JSON.parse('{"__proto__":{"x":1}}') as unknown],
]
const KEYS = ['__proto__', 'constructor', 'prototype', 'toString', '', 'type', 'length', '0']

/** JSON text of `value` after one to three changes, most of which leave it JSON. */
export function mutateJson(value: unknown, random: Random): Buffer {
  const root = { root: structuredClone(value) }
  for (let i = 0, changes = 1 + random.below(3); i < changes; i++) changeSomewhere(root, random)
  const text = (JSON.stringify(root.root) as string | undefined) ?? 'null'
  const bytes = Buffer.from(text.replaceAll(`"${BEYOND}"`, random.pick(['1e400', '-1e400'])))
  return random.chance(0.1) ? damage(bytes, random) : bytes
}

/** Changes bytes without a thought of what they mean. */
export function damage(bytes: Uint8Array, random: Random): Buffer {
  const at = random.below(bytes.length + 1)
  switch (random.below(6)) {
    case 0:
      return Buffer.from(bytes.subarray(0, at))
    case 1:
      return Buffer.concat([bytes.subarray(0, at), Uint8Array.of(random.below(256)), bytes.subarray(at)])
    case 2:
      return Buffer.concat([Buffer.from('\uFEFF'), bytes])
    case 3:
      // a part of it again: keys that occur twice
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - random.below(60)))])
    case 4:
      return Buffer.concat([bytes, bytes.subarray(at)])
    default: {
      const changed = Buffer.from(bytes)
      if (changed.length > 0) changed[at % changed.length]! ^= 1 << random.below(8)
      return changed
    }
  }
}

type Parent = Record<string, unknown>

/** Goes down from the root at random, so that a list of thousands does not outweigh the rest, and changes what is there. */
function changeSomewhere(root: { root: unknown }, random: Random): void {
  let parent: Parent = root
  let key = 'root'
  for (;;) {
    const node = parent[key]
    const keys = typeof node === 'object' && node !== null ? Object.keys(node) : []
    if (keys.length === 0 || (parent !== root && random.chance(0.15))) break
    parent = node as Parent
    key = random.pick(keys)
  }
  change(parent, key, root.root, random)
}

function change(parent: Parent, key: string, whole: unknown, random: Random): void {
  const value = parent[key]
  if (typeof value === 'number' && random.chance(0.6)) {
    parent[key] = random.pick([value + 1, value - 1, value * 2, value / 2, -value, random.below(20), 2 ** 20])
    return
  }
  switch (random.below(8)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1)
      else Reflect.deleteProperty(parent, key)
      return
    case 1:
      rename(parent, key, random)
      return
    case 2:
      if (Array.isArray(parent)) parent.push(structuredClone(value))
      else set(parent, `${key}2`, value)
      return
    case 3:
      parent[key] = random.pick([[value], { value }, JSON.stringify(value)])
      return
    case 4: {
      const other = random.pick(Object.keys(parent))
      ;[parent[key], parent[other]] = [parent[other], value]
      return
    }
    case 5:
      parent[key] = structuredClone(somewhere(whole, random))
      return
    case 6:
      parent[key] = typeof value === 'string' ? misspelt(value, random) : structuredClone(random.pick(EXTREMES))
      return
    default:
      parent[key] = structuredClone(random.pick(EXTREMES))
  }
}

function rename(parent: Parent, key: string, random: Random): void {
  if (Array.isArray(parent)) {
    parent.reverse()
    return
  }
  set(parent, random.pick([...KEYS, `${key}x`]), parent[key])
  if (random.chance(0.7)) Reflect.deleteProperty(parent, key)
}

function misspelt(text: string, random: Random): string {
  const at = random.below(text.length + 1)
  return text.slice(0, at) + random.pick(['', '"', '{', '\\', 'é', '🌊']) + text.slice(at + random.below(3))
}

function set(parent: Parent, key: string, value: unknown): void {
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true })
}

function somewhere(node: unknown, random: Random): unknown {
  while (typeof node === 'object' && node !== null && Object.keys(node).length > 0 && !random.chance(0.3)) {
    node = (node as Parent)[random.pick(Object.keys(node))]
  }
  return node
}
