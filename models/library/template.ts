import * as v from 'valibot'
import { templateAmong, TemplatesSchema } from '../formats/chat-template.ts'
import { speaksOfThoughts } from '../formats/thinking.ts'

const TokenizerConfigSchema = v.looseObject({ chat_template: TemplatesSchema })

/**
 * What a model's template lets it do.
 * @param jinja chat_template.jinja, where it has one @param tokenizerConfig what tokenizer_config.json says
 */
export function abilitiesOf(jinja: string | null, tokenizerConfig: unknown): { chat: boolean; thinking: boolean } {
  const template = jinja ?? inConfig(tokenizerConfig)
  return { chat: template !== null, thinking: template !== null && speaksOfThoughts(template) }
}

function inConfig(config: unknown): string | null {
  const parsed = v.safeParse(TokenizerConfigSchema, config)
  return parsed.success ? templateAmong(parsed.output.chat_template) : null
}

/** Which licence a model card names in its first lines (`license: apache-2.0`). */
export function licenceOf(card: string): string | null {
  const [, front = ''] = /^---\r?\n([\s\S]*?)\r?\n---/.exec(card) ?? []
  const one = /^license:[ \t]*["']?([A-Za-z0-9][\w.-]{0,60})/m.exec(front)?.[1] ?? null
  // "other" with a name of its own
  const named = /^license_name:[ \t]*["']?([A-Za-z0-9][\w.-]{0,60})/m.exec(front)?.[1]
  return one === 'other' && named ? named : one
}
