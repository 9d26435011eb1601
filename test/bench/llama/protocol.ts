/** What the process that holds llama.cpp is asked for: one line of JSON each, answered in turn. */
export type Command =
  /** Loads a model, instead of the one before. */
  | { call: 'load'; file: string; threads: number; context: number }
  /** Reads so many tokens from an empty cache, up to the logits of the last; answers with milliseconds. */
  | { call: 'prefill'; count: number }
  /** Writes so many tokens behind a context, which it reads first if need be; answers with milliseconds a token. */
  | { call: 'decode'; context: number; tokens: number }
  /** Token ids of a text, names of special tokens read as text. */
  | { call: 'tokenize'; text: string }
  /** The loss of every token but the first, in nats. */
  | { call: 'score'; ids: number[] }
  /** The likeliest so many tokens behind a prompt, one after the other, up to one of `ends`. */
  | { call: 'greedy'; ids: number[]; count: number; ends: number[] }
  /** How far a token's logit is above another's, behind a prompt. */
  | { call: 'gap'; ids: number[]; above: number; below: number }

export type Answer = { value: number | string | number[] } | { error: string }

/** The i-th token that benches read: all different, in an order that means nothing. */
export function tokenAt(i: number, vocabulary: number): number {
  return (1 + i * 7919) % vocabulary
}
