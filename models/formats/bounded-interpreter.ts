import type { Template } from '@huggingface/jinja'
import { Environment, Interpreter } from '@huggingface/jinja'

type Program = Template['parsed']
type Node = NonNullable<Parameters<Interpreter['evaluate']>[0]>
type Value = ReturnType<Interpreter['evaluate']>

/** Bounds of what a template may do; those of real models stay far below a hundredth of each. */
const MAX_STEPS = 2_000_000
/** Entries of one list. */
const MAX_ENTRIES = 1_000_000
/** Characters that one filter may make of a text, beyond what is allowed to be written. */
const MAX_MADE = 2 ** 22
/** Characters of all texts that were made, and bytes of all lists, for each that may be written; and at least. */
const [VOLUME, LEAST_VOLUME] = [64, 2 ** 24]

/** Nodes whose value is another one's, or shares its memory. */
const FREE = new Set(['Identifier', 'Program', 'For', 'If', 'Set', 'Macro', 'StringLiteral'])
/** Nodes that write what is in them, which is counted there; and those that write nothing. */
const SILENT = new Set(['Program', 'For', 'If', 'Set', 'Macro', 'CallStatement', 'FilterStatement', 'Comment'])
/** Nodes that may make a text much longer than what they are given. */
const WATCHED = new Set(['FilterExpression', 'FilterStatement', 'BinaryExpression'])
const LISTING = new Set(['tojson', 'string', 'join'])
/** Spaces and separators that a real `tojson` is given. */
const MAX_JSON_SPACE = 100

/** A node that is being evaluated, with what the nodes under it were evaluated to. */
interface Frame {
  node: Node
  values: Value[]
}

/**
 * Runs a template and gives up as soon as it has written, or made on the way, more than it may: lengths are known
 * before the texts are made.
 */
export class BoundedInterpreter extends Interpreter {
  private readonly most: number
  private readonly written: ReadonlySet<unknown>
  private steps = 0
  private volume = 0
  private length = 0
  private frame: Frame | null = null

  /** @param most characters that it may write */
  constructor(environment: Environment, program: Program, most: number) {
    super(environment)
    this.most = most
    this.written = statementsOf(program)
  }

  /** @throws Error with a sentence where the template does more than it may, and as Interpreter */
  override evaluate(...[node, environment]: Parameters<Interpreter['evaluate']>): Value {
    if (++this.steps > MAX_STEPS) throw new Error(`it takes more than ${MAX_STEPS} steps`)
    if (!node) return super.evaluate(node, environment)
    const outer = this.frame
    this.frame = WATCHED.has(node.type) ? { node, values: [] } : null
    let result: Value
    try {
      result = super.evaluate(node, environment)
    } finally {
      this.frame = outer
    }
    this.count(node, result)
    if (outer) {
      outer.values.push(result)
      this.foresee(outer)
    }
    return result
  }

  private count(node: Node, result: Value): void {
    const value: unknown = result.value
    if (typeof value === 'string') {
      if (value.length > this.most) throw this.tooLong()
      // texts are joined without being copied
      if (!FREE.has(node.type) && node.type !== 'BinaryExpression') this.volume += value.length
    } else if (Array.isArray(value)) {
      if (value.length > MAX_ENTRIES) throw new Error(`it makes a list of more than ${MAX_ENTRIES} entries`)
      if (!FREE.has(node.type)) this.volume += 8 * value.length
    }
    if (this.volume > Math.max(LEAST_VOLUME, VOLUME * this.most)) throw this.tooLong()
    if (!this.written.has(node) || SILENT.has(node.type)) return
    this.length += sizeOf(result, this.most)
    if (this.length > this.most) throw this.tooLong()
  }

  /** What comes of the values so far, before it is made. */
  private foresee({ node, values }: Frame): void {
    if (node.type === 'BinaryExpression') {
      const { operator } = node as Node & { operator: { value: string } }
      if (operator.value === '~' || operator.value === '+') sizeOf(values.at(-1)!, this.most)
      return
    }
    const filter = filterOf(node)
    const isStatement = node.type === 'FilterStatement'
    if (values.length === 1 && !isStatement) {
      if (LISTING.has(filter)) sizeOf(values[0]!, this.most)
      return
    }
    const times = widest(values.at(-1)!)
    if (filter === 'tojson' && times > MAX_JSON_SPACE) throw this.tooLong()
    if (filter !== 'join' && filter !== 'indent') return
    const given = isStatement ? this.length : lengthOf(values[0]!)
    if (given * times > Math.max(MAX_MADE, this.most)) throw this.tooLong()
  }

  private tooLong(): Error {
    return new Error(`it writes more than ${this.most} characters`)
  }
}

/** What stands directly in the body of something, whose value is written. */
function statementsOf(program: Program): Set<unknown> {
  const found = new Set<unknown>()
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    if (node instanceof Map) {
      for (const [key, value] of node) [key, value].forEach(walk)
      return
    }
    for (const [field, value] of Object.entries(node)) {
      if (['body', 'alternate', 'defaultBlock'].includes(field) && Array.isArray(value)) {
        for (const each of value) found.add(each)
      }
      walk(value)
    }
  }
  walk(program)
  return found
}

function filterOf(node: Node): string {
  const { filter } = node as Node & { filter: { value?: string; callee?: { value?: string } } }
  return filter.value ?? filter.callee?.value ?? ''
}

/** Characters of a value that is written as text, roughly. @throws Error where they are more than `most` */
function sizeOf(value: Value, most: number): number {
  let size = 0
  const add = (each: Value): void => {
    const held: unknown = each.value
    size += typeof held === 'string' ? held.length : 1
    if (size > most) throw new Error(`it writes more than ${most} characters`)
    if (Array.isArray(held)) (held as Value[]).forEach(add)
    else if (held instanceof Map) {
      for (const [key, inner] of held as Map<string, Value>) {
        size += key.length
        add(inner)
      }
    }
  }
  add(value)
  return size
}

function lengthOf({ value }: Value): number {
  return typeof value === 'string' || Array.isArray(value) ? (value as string | unknown[]).length : 0
}

/** How long what is put between or before can be: of the value, or of any in a list or an object of arguments. */
function widest(argument: Value): number {
  const value: unknown = argument.value
  if (typeof value === 'number') return value
  if (typeof value === 'string') return value.length
  if (Array.isArray(value)) return Math.max(0, ...(value as Value[]).slice(0, 10).map(widest))
  if (value instanceof Map) return Math.max(0, ...[...(value as Map<string, Value>).values()].slice(0, 10).map(widest))
  return 0
}

/** A text of a template, and the function that is its `replace`. */
interface TextValue {
  value: string
  builtins: Map<string, Value>
}

/** One `replace` can make a text of the product of two lengths: it is asked how long that is before it begins. */
function boundReplace(): void {
  const prototype = Object.getPrototypeOf(new Environment().set('text', '')) as object
  const found = Object.getOwnPropertyDescriptor(prototype, 'builtins')
  if (!found?.get) throw new Error('@huggingface/jinja keeps functions of texts in another place than is known here')
  const bounded = new WeakSet()
  Object.defineProperty(prototype, 'builtins', {
    configurable: true,
    get(this: TextValue) {
      const own = found.get!.call(this) as TextValue['builtins']
      if (bounded.has(own)) return own
      bounded.add(own)
      const replace = own.get('replace')! as { value: (args: Value[], scope: Environment) => Value }
      const act = replace.value
      replace.value = (args, scope) => {
        const [before, after] = args.map((argument) => lengthOf(argument))
        const places = this.value.length / Math.max(1, before ?? 1) + 1
        if (places * (after ?? 0) > MAX_MADE) throw new Error(`it writes more than ${MAX_MADE} characters`)
        return act(args, scope)
      }
      return own
    },
  })
}

boundReplace()
