import { existsSync } from 'node:fs'
import path from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import * as v from 'valibot'
import { DepthwiseError } from '../common/errors.ts'
import type { Thinking, ThinkingAbility, Turn } from '../common/values.ts'
import { ChatTemplate, templateAmong, TemplatesSchema } from './chat-template.ts'
import { readText } from './json.ts'
import type { ModelSource } from './model-source.ts'
import { openSource, readPart } from './model-source.ts'
import { encode, guarded, TEXT_MS, unusable } from './encode.ts'
import type { ThoughtFacts, ThoughtFormat } from './thinking.ts'
import { opensThought, REASONING, thoughtFacts } from './thinking.ts'
import { within } from './time-limit.ts'
import { readTokenizerFile } from './tokenizer-file.ts'

/** The largest known tokenizer takes a few seconds to build. */
const BUILD_MS = 20_000
/** Where newer models keep their chat template. */
export const TEMPLATE_FILE = 'chat_template.jinja'

const NamedTokenSchema = v.nullish(v.union([v.string(), v.looseObject({ content: v.string() })]))
const ConfigSchema = v.looseObject({
  bos_token: NamedTokenSchema,
  eos_token: NamedTokenSchema,
  chat_template: TemplatesSchema,
})

/** Whether a folder brings a chat template. @throws DepthwiseError MODEL_TOKENIZER */
export function hasTemplate(folder: string): boolean {
  return templateOf(folder, readConfig(openSource(folder))) !== null
}

function readConfig(source: ModelSource): v.InferOutput<typeof ConfigSchema> {
  return readPart(source, 'tokenizer_config.json', ConfigSchema, 'MODEL_TOKENIZER')
}

/** The chat template: a file of its own, or in the configuration, there the one named default of several. */
function templateOf(folder: string, { chat_template: own }: v.InferOutput<typeof ConfigSchema>): string | null {
  const file = path.join(folder, TEMPLATE_FILE)
  if (existsSync(file)) return readText(file, 'MODEL_TOKENIZER')
  return templateAmong(own)
}

/** Stand for what two people say, where only what a template writes around it matters. */
const [QUESTION, ANSWER] = ['\uE000', '\uE001']

/** A model's tokenizer and chat template. */
export class ModelTokenizer {
  private readonly tokenizer: Tokenizer
  /** Reads the names of special tokens as ordinary text. */
  private readonly plain: Tokenizer
  private readonly special: string[]
  /** Tokens that a prompt may have: where it has more, those behind are not made. */
  private readonly most: number
  private readonly template: ChatTemplate | null
  private readonly variables: Record<string, string>
  private readonly bosId: number | undefined
  /** Ids of tokens that are no pieces of words. */
  private readonly added: ReadonlySet<number>
  /** Whether a decoder has regular expressions. */
  private readonly slow: boolean
  private readonly facts: ThoughtFacts
  private readonly names = new Map<number, string>()
  /** How its thoughts are told apart; null where none are known. */
  readonly thoughts: ThoughtFormat | null

  /**
   * @param folder of the model, or its GGUF file
   * @param ownTemplate of the model's family, where its folder has none
   * @param contextLength where tokenising a prompt ends; default: nowhere
   * @throws DepthwiseError MODEL_TOKENIZER: unreadable, or with ids outside the vocabulary
   */
  constructor(folder: string, vocabSize: number, ownTemplate: string | null = null, contextLength?: number) {
    this.most = contextLength ?? Infinity
    const source = openSource(folder)
    const json = readTokenizerFile(source, vocabSize)
    const config = readConfig(source)
    this.added = new Set(json.added_tokens.map(({ id }) => id))
    this.special = json.added_tokens.map((token) => token.content).filter((content) => content.length > 0)
    const [tokenizer, plain] = guarded('tokenizer.json', () =>
      within(
        BUILD_MS,
        () => [new Tokenizer(json, config), new Tokenizer({ ...json, added_tokens: [] }, config)] as const,
      ),
    )
    this.tokenizer = tokenizer
    this.plain = plain
    this.slow = JSON.stringify(json.decoder).includes('"Regex"')
    const template = templateOf(folder, config) ?? ownTemplate
    this.template = template === null ? null : guarded('chat_template', () => new ChatTemplate(template, contextLength))
    const text = (token: v.InferOutput<typeof NamedTokenSchema>): string =>
      typeof token === 'string' ? token : (token?.content ?? '')
    this.variables = { bos_token: text(config.bos_token), eos_token: text(config.eos_token) }
    this.bosId = this.variables.bos_token === '' ? undefined : this.tokenizer.token_to_id(this.variables.bos_token!)
    this.facts = thoughtFacts(this.sampler(), new Set(this.special))
    this.thoughts = this.formatOf(this.facts)
    // what fails on any text shall fail now
    this.decode(this.encodePlain('Hello'))
  }

  /** Whether it can put a conversation into words; else a model goes on with texts. */
  get chats(): boolean {
    return this.template !== null
  }

  /**
   * Tokens that end an answer: those configured, the tokenizer's own, and what the chat template writes behind an answer.
   * A configured id that is a piece of words is another vocabulary's, unless nothing else is known.
   */
  endTokens(configured: readonly number[]): number[] {
    const { eos_token: name } = this.variables
    const own = [name ? this.tokenizer.token_to_id(name) : undefined, this.turnEnd()].filter((id) => id !== undefined)
    const ids = new Set([...configured.filter((id) => this.added.has(id)), ...own])
    return ids.size > 0 ? [...ids] : [...configured]
  }

  /** What the model's chat template can do about thoughts. */
  get thinking(): ThinkingAbility {
    return this.facts.ability
  }

  /**
   * Token ids of a conversation in the model's chat template. What people wrote never becomes a special token.
   * @param answer whether the beginning of an answer follows
   * @throws DepthwiseError MODEL_TOKENIZER where there is no template, it fails, or takes for ever
   */
  encodeChat(turns: readonly Turn[], answer: boolean): number[] {
    return this.encodeTurns(turns, { add_generation_prompt: answer }).ids
  }

  /**
   * A conversation with the beginning of an answer, as asked for with or without a thought.
   * @returns its ids, of more than the context holds only the first, and whether a thought has begun with the last of them
   * @throws DepthwiseError as encodeChat
   */
  encodePrompt(
    turns: readonly Turn[],
    { on, keep }: Pick<Thinking, 'on' | 'keep'>,
  ): { ids: number[]; opened: boolean } {
    const { variable, ability } = this.facts
    const { ids, text } = this.encodeTurns(turns, {
      add_generation_prompt: true,
      ...(variable !== null && { [variable]: on }),
      ...(ability.preserves && keep && { preserve_thinking: true }),
    })
    return { ids, opened: opensThought(text, ability.begin) }
  }

  /** Token ids of a document: the beginning-of-text token, then the text as it is. @throws DepthwiseError MODEL_TOKENIZER */
  encodeText(text: string): number[] {
    return [...(this.bosId === undefined ? [] : [this.bosId]), ...this.encodePlain(text)]
  }

  /**
   * Token ids of a prompt that its writer has put into the model's form, names of special tokens included; the
   * beginning-of-text token is added where it is not there. Of more than the context holds only the first come back.
   * @throws DepthwiseError MODEL_TOKENIZER
   */
  encodeRaw(text: string): number[] {
    const ids = this.encodeWhole(text, this.most)
    return this.bosId === undefined || ids[0] === this.bosId ? ids : [this.bosId, ...ids]
  }

  /** The text of one token, or its name where it stands for none. @throws DepthwiseError MODEL_TOKENIZER */
  nameOf(id: number): string {
    let name = this.names.get(id)
    if (name === undefined) {
      name = this.decode([id]) || (this.tokenizer.id_to_token(id) ?? '')
      this.names.set(id, name)
    }
    return name
  }

  /** Text of token ids; those that stand for nothing add nothing. @throws DepthwiseError MODEL_TOKENIZER */
  decode(ids: readonly number[]): string {
    const known = ids.filter((id) => this.tokenizer.id_to_token(id) !== undefined)
    if (known.length === 0) return ''
    const options = { skip_special_tokens: true, clean_up_tokenization_spaces: false }
    const decode = (): string => this.tokenizer.decode(known, options)
    return guarded('tokenizer.json', () => (this.slow ? within(TEXT_MS, decode) : decode()))
  }

  private turnEnd(): number | undefined {
    if (!this.template) return undefined
    let text: string
    try {
      const turns = [
        { role: 'user', content: QUESTION },
        { role: 'assistant', content: ANSWER },
      ] as const
      text = this.render(turns, { add_generation_prompt: false })
    } catch {
      return undefined
    }
    const [, behind = ''] = text.split(ANSWER)
    const [token] = this.special
      .filter((special) => behind.trimStart().startsWith(special))
      .toSorted((a, b) => b.length - a.length)
    return token === undefined ? undefined : this.tokenizer.token_to_id(token)
  }

  private encodeTurns(turns: readonly Turn[], variables: Record<string, boolean>): { ids: number[]; text: string } {
    const written = turns.flatMap(({ content, thought }) => (thought === undefined ? [content] : [content, thought]))
    if (!written.some((text) => this.special.some((token) => text.includes(token)))) {
      const text = this.render(turns, variables)
      return { ids: this.encodeWhole(text, this.most), text }
    }
    let next = 0
    const placeholder = (): string => `\uE000${next++}\uE001`
    const text = this.render(
      turns.map(({ role, thought }) => ({
        role,
        content: placeholder(),
        ...(thought !== undefined && { thought: placeholder() }),
      })),
      variables,
    )
    const ids: number[] = []
    for (const [i, part] of text.split(/\uE000(\d+)\uE001/).entries()) {
      if (ids.length > this.most) break
      const own = i % 2 === 0 ? part : written[Number(part)]
      if (own === undefined) throw unusable('chat_template', 'it makes up a message')
      ids.push(...encode(i % 2 === 0 ? this.tokenizer : this.plain, own, this.most))
    }
    return { ids, text }
  }

  private render(turns: readonly Turn[], variables: Record<string, boolean>): string {
    const template = this.template
    if (!template)
      throw new DepthwiseError(
        'MODEL_TOKENIZER',
        'This model has no chat template: it goes on with texts and holds no conversations.',
        { detail: 'chat_template' },
      )
    const read = template.mentions(REASONING) ? turns : turns.map((turn) => this.withThought(turn))
    return guarded('chat_template', () => template.render(read, { ...this.variables, ...variables }))
  }

  /** For templates that find a thought in the text of its answer. */
  private withThought({ role, content, thought }: Turn): Turn {
    if (thought === undefined) return { role, content }
    const { begin, end } = this.facts.ability
    return { role, content: `${begin}\n${thought}\n${end}${this.facts.after}${content}` }
  }

  /** The template, for questions about it; what fails here fails again, and is told, when a chat is encoded. */
  private sampler(): Parameters<typeof thoughtFacts>[0] {
    const { template } = this
    return (
      template && {
        mentions: (word) => template.mentions(word),
        sample: (variables) => {
          try {
            const turns = [{ role: 'user', content: 'Hello' }] as const
            return template.render(turns, { ...this.variables, ...variables, add_generation_prompt: true })
          } catch {
            return null
          }
        },
      }
    )
  }

  private formatOf({ ability: { begin, end }, after }: ThoughtFacts): ThoughtFormat | null {
    if (begin === '') return null
    const idOf = (tag: string): number | null =>
      this.special.includes(tag) ? (this.tokenizer.token_to_id(tag) ?? null) : null
    return {
      begin,
      end,
      beginId: idOf(begin),
      endId: idOf(end),
      closing: this.encodeWhole(`\n${end}${after}`),
      empty: this.encodeWhole(`${begin}\n\n${end}${after}`),
    }
  }

  private encodeWhole(text: string, most?: number): number[] {
    return encode(this.tokenizer, text, most)
  }

  /** Token ids of a piece of a text; no special token, whatever stands there. @throws DepthwiseError MODEL_TOKENIZER */
  encodePlain(text: string): number[] {
    return encode(this.plain, text)
  }
}
