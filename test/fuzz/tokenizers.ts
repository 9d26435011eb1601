import type { Random } from './random.ts'

/** Files of a tokenizer, to be changed. */
export interface TokenizerSources {
  json: Record<string, unknown>
  config: Record<string, unknown>
}
type Vocabulary = Record<string, number>

/** Ids of all sources lie below. */
export const VOCABULARY = 64

const added = (names: readonly string[], from: number): unknown[] =>
  names.map((content, i) => ({ id: from + i, content, special: true, normalized: false, single_word: false }))

/** One tokenizer of each kind, small enough to be built thousands of times: letters, a few merges or pieces. */
export function tokenizerSources(tiny: TokenizerSources): TokenizerSources[] {
  const letters = Object.fromEntries(Array.from('abcdefghijklmnopqrstuvwxyz Ġ,.!').map((letter, i) => [letter, i + 8]))
  const words = ['he', 'll', 'hell', 'hello', 'th', 'Ġth', 'Ġthe']
  const whole: Vocabulary = { ...letters, ...Object.fromEntries(words.map((word, i) => [word, i + 42])) }
  const special = added(['<|endoftext|>', '<|system|>', '<|user|>', '<|assistant|>', '<|end|>'], 0)
  const merges = [
    ['h', 'e'],
    ['l', 'l'],
    ['he', 'll'],
    ['hell', 'o'],
    ['t', 'h'],
    ['Ġ', 'th'],
    ['Ġth', 'e'],
  ]
  const bpe = {
    ...tiny.json,
    added_tokens: special,
    model: { ...(tiny.json.model as object), vocab: whole, merges },
  }
  const unigram = {
    version: '1.0',
    added_tokens: special,
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFKC' },
        { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
    post_processor: { type: 'TemplateProcessing', single: [{ Sequence: { id: 'A', type_id: 0 } }], pair: [] },
    decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
    model: {
      type: 'Unigram',
      unk_id: 5,
      vocab: [...['<0>', '<1>', '<2>', '<3>', '<4>', '<unk>', '▁'], ...Object.keys(letters), ...words].map(
        (piece, i) => [piece, -i / 4],
      ),
    },
  }
  const pieces = [...Object.keys(whole), '[UNK]', '##he', '##llo', '##l', '##o']
  const wordPiece = {
    version: '1.0',
    added_tokens: special,
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [{ type: 'BertPreTokenizer' }, { type: 'Digits', individual_digits: true }],
    },
    post_processor: null,
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(pieces.map((piece, i) => [piece, i + 8])),
    },
  }
  const split = {
    ...bpe,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          pattern: { Regex: "(?i:'s|'t)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|\\s+(?!\\S)|\\s+" },
          behavior: 'Isolated',
          invert: false,
        },
        { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
      ],
    },
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: 'Ġ' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
      ],
    },
  }
  return [bpe, split, unigram, wordPiece].map((json, i) => ({
    json,
    config: { ...tiny.config, ...(i % 2 === 1 && { chat_template: LONG_TEMPLATE }) },
  }))
}

/** What templates of published models do. */
const LONG_TEMPLATE = `{%- if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] | trim %}{% set rest = messages[1:] %}
{%- else %}{% set system = 'none' %}{% set rest = messages %}{% endif %}
{%- macro line(role, text) %}{{ '<|' ~ role ~ '|>' ~ text ~ '<|end|>' }}{% endmacro %}
{%- set ns = namespace(count=0, last='') %}
{%- for m in rest %}{% if loop.first and system is defined %}{{ bos_token }}{% endif %}
{%- if m.role not in ['user', 'assistant'] %}{{ raise_exception('role ' + m.role) }}{% endif %}
{%- set ns.count = ns.count + 1 %}{% set ns.last = m.content.split('\\n')[-1] | upper | replace('A', 'b') %}{{ line(m.role, m['content']) }}
{%- endfor %}{% for i in range(ns.count) %}{{ i if i % 2 == 0 else '' }}{% endfor %}
{%- if add_generation_prompt %}{{ '<|assistant|>' }}{{ strftime_now('%Y') | length }}{{ (messages | map(attribute='role') | list | tojson)[:0] }}{% endif %}`

const PARTS = [
  ...[
    '{% endfor %}',
    '{% if true %}',
    '{{ messages }}',
    '{{ range(10**9) }}',
    '{% for a in messages %}',
    '{{ bos_token * 9 }}',
  ],
  ...[
    '{{ ns.x.y.z }}',
    '{{ 1 // 0 }}',
    '{{ messages[99].content }}',
    '\uE0007\uE001',
    '{{ [1] * 2 }}',
    '{% break %}',
    '{#',
    '%}',
  ],
  ...[
    '| indent(99999999)',
    '| tojson(indent=1e9)',
    '[::0]',
    '[::-1]',
    '.items()',
    '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}',
  ],
]

/** A chat template with pieces lost, moved, or of another kind. */
export function mutateTemplate(template: string, random: Random): string {
  const pieces = template.split(/(?=\{[%{])|(?<=[%}]\})|(?=[|.[])/)
  for (let i = 0, changes = 1 + random.below(2); i < changes; i++) {
    const at = random.below(pieces.length)
    const change = random.below(4)
    if (change === 0) pieces.splice(at, 1)
    else if (change === 1) pieces.splice(at, 0, random.pick(PARTS))
    else if (change === 2) pieces.splice(at, 0, random.pick(pieces))
    else
      pieces[at] = (pieces[at] ?? '').replace(
        /[a-z]+|\d+/,
        random.pick(['messages', 'x', '0', '999999999999', '-1', "''"]),
      )
  }
  return pieces.join('')
}
