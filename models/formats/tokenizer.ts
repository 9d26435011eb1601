import { join } from 'node:path'
import { Template } from '@huggingface/jinja'
import { Tokenizer } from '@huggingface/tokenizers'
import * as v from 'valibot'
import { DepthwiseError } from '../../electron/contract/errors.ts'
import type { Turn } from '../../electron/contract/values.ts'
import { readJson } from './json.ts'

const AddedTokenSchema = v.looseObject({ id: v.number(), content: v.string(), special: v.optional(v.boolean()) })
const TokenizerSchema = v.looseObject({
  model: v.looseObject({ vocab: v.union([v.record(v.string(), v.number()), v.array(v.unknown())]) }),
  added_tokens: v.optional(v.array(AddedTokenSchema), []),
})
const NamedTokenSchema = v.nullish(v.union([v.string(), v.looseObject({ content: v.string() })]))
const ConfigSchema = v.looseObject({
  bos_token: NamedTokenSchema,
  eos_token: NamedTokenSchema,
  chat_template: v.optional(v.union([v.string(), v.array(v.looseObject({ name: v.string(), template: v.string() }))])),
})

/** A model's tokenizer and chat template. */
export class ModelTokenizer {
  private readonly tokenizer: Tokenizer
  /** Reads the names of special tokens as ordinary text. */
  private readonly plain: Tokenizer
  private readonly special: string[]
  private readonly template: Template | null
  private readonly variables: Record<string, string>
  private readonly bosId: number | undefined

  /** @throws DepthwiseError MODEL_TOKENIZER: unreadable, or with ids outside the vocabulary */
  constructor(folder: string, vocabSize: number) {
    const json = readJson(join(folder, 'tokenizer.json'), TokenizerSchema, 'MODEL_TOKENIZER')
    const config = readJson(join(folder, 'tokenizer_config.json'), ConfigSchema, 'MODEL_TOKENIZER')
    this.special = json.added_tokens.map((token) => token.content).filter((content) => content.length > 0)
    this.tokenizer = guarded('tokenizer.json', () => new Tokenizer(json, config))
    this.plain = guarded('tokenizer.json', () => new Tokenizer({ ...json, added_tokens: [] }, config))
    const largest = Math.max(...this.tokenizer.get_vocab(true).values())
    if (largest >= vocabSize) {
      throw new DepthwiseError(
        'MODEL_TOKENIZER',
        `tokenizer.json does not match the model: it has the token id ${largest}, the vocabulary ends at ${vocabSize - 1}.`,
        { detail: 'vocab' },
      )
    }
    const template = typeof config.chat_template === 'object' ? config.chat_template[0]?.template : config.chat_template
    this.template = template === undefined ? null : guarded('chat_template', () => new Template(template))
    const text = (token: v.InferOutput<typeof NamedTokenSchema>): string =>
      typeof token === 'string' ? token : (token?.content ?? '')
    this.variables = { bos_token: text(config.bos_token), eos_token: text(config.eos_token) }
    this.bosId = this.variables.bos_token === '' ? undefined : this.tokenizer.token_to_id(this.variables.bos_token!)
  }

  /**
   * Token ids of a conversation in the model's chat template. What people wrote never becomes a special token.
   * @param answer whether the beginning of an answer follows
   * @throws DepthwiseError MODEL_TOKENIZER where there is no template or it fails
   */
  encodeChat(turns: readonly Turn[], answer: boolean): number[] {
    const forged = turns.some((turn) => this.special.some((token) => turn.content.includes(token)))
    if (!forged) return this.encodeWhole(this.render(turns, answer))
    const placeholders = turns.map((_, i) => `\uE000${i}\uE001`)
    const rendered = this.render(
      turns.map((turn, i) => ({ role: turn.role, content: placeholders[i]! })),
      answer,
    )
    return rendered.split(/\uE000(\d+)\uE001/).flatMap((part, i) => {
      if (i % 2 === 0) return this.encodeWhole(part)
      return this.encodePlain(turns[Number(part)]!.content)
    })
  }

  /** Token ids of a document: the beginning-of-text token, then the text as it is. */
  encodeText(text: string): number[] {
    return [...(this.bosId === undefined ? [] : [this.bosId]), ...this.encodePlain(text)]
  }

  decode(ids: readonly number[]): string {
    if (ids.length === 0) return ''
    return this.tokenizer.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: false })
  }

  private render(turns: readonly Turn[], answer: boolean): string {
    const template = this.template
    if (!template)
      throw new DepthwiseError('MODEL_TOKENIZER', 'This model has no chat template.', { detail: 'chat_template' })
    const messages = turns.map(({ role, content }) => ({ role, content }))
    return guarded('chat_template', () =>
      template.render({ ...this.variables, messages, add_generation_prompt: answer }),
    )
  }

  private encodeWhole(text: string): number[] {
    return text === '' ? [] : this.tokenizer.encode(text, { add_special_tokens: false }).ids
  }

  private encodePlain(text: string): number[] {
    return text === '' ? [] : this.plain.encode(text, { add_special_tokens: false }).ids
  }
}

function guarded<T>(what: string, act: () => T): T {
  try {
    return act()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new DepthwiseError('MODEL_TOKENIZER', `${what} cannot be used: ${why}`, { detail: what, cause })
  }
}
