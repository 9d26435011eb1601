/**
 * Where the runtime has what a reference recorded. `observed`: a value of one reading of the inputs, by the names of
 * observe.ts. `perDepth`: such values, those of each depth together. `generated`: logits of a greedy answer. `none`:
 * nothing; says why.
 */
export type Source =
  | { kind: 'observed'; name: string }
  | { kind: 'perDepth'; name: (depth: number) => string }
  | { kind: 'generated'; call: string }
  | { kind: 'none'; why: string }

/** What a result in reference.json stands for. `ids`: a greedy answer; `kvRows`: rows in the KV cache of each layer. */
export type Fact = { kind: 'ids' } | { kind: 'kvRows' } | { kind: 'none'; why: string }

/** One family's recordings: what each tensor and each result stands for in the runtime. */
export interface Table {
  tensors: readonly (readonly [name: RegExp, source: (match: RegExpExecArray) => Source])[]
  /** Results by their place in reference.json, indices left out. */
  facts: readonly (readonly [place: RegExp, fact: Fact])[]
}

export const observed = (name: string): Source => ({ kind: 'observed', name })
export const none = (why: string): { kind: 'none'; why: string } => ({ kind: 'none', why })

/** Figures by which whoever recorded judged the recording itself. */
export const OWN_CHECKS = none('says how well the reference agrees with itself, not what the model computes')
