import * as v from 'valibot'
import type { CallParams } from '../../electron/contract/calls.ts'
import type { Endpoint } from '../../electron/contract/endpoint.ts'
import { OriginsSchema, PortSchema } from '../../electron/contract/endpoint.ts'
import { words } from '../language/language.svelte.ts'
import { failureSentence } from '../ui/failure.ts'

/** What stands in the fields, as text. */
export interface EndpointDraft {
  port: string
  /** One a line. */
  origins: string
}

export type EndpointErrors = Partial<Record<keyof EndpointDraft, string>>

export const endpointDraftOf = ({ port, origins }: Pick<Endpoint, 'port' | 'origins'>): EndpointDraft => ({
  port: String(port),
  origins: origins.join('\n'),
})

/** The settings that a draft means, or what is wrong with it, field by field. */
export function readEndpointDraft(
  draft: EndpointDraft,
): { change: CallParams<'endpoint.change'> } | { errors: EndpointErrors } {
  const port = /^\d+$/.test(draft.port.trim()) ? Number(draft.port) : Number.NaN
  const origins = draft.origins
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const errors: EndpointErrors = {}
  if (!v.is(PortSchema, port)) errors.port = words().endpoint.portWrong
  if (!v.is(OriginsSchema, origins)) errors.origins = words().endpoint.originsWrong
  return Object.keys(errors).length > 0 ? { errors } : { change: { port, origins } }
}

/** Where programs ask, whether it is listened to or not. */
export const addressOf = ({ address, port }: Endpoint): string => address ?? `http://127.0.0.1:${port}/v1`

/** What the endpoint is doing, in a sentence. */
export function sentenceOf({ on, address, listening, failure, answering }: Endpoint): string {
  if (!on) return words().endpoint.off
  if (failure) return failureSentence(failure)
  if (address === null) return words().endpoint.goingOn
  const busy = answering === 0 ? '' : ` ${words().endpoint.underWay(answering)}`
  return words().endpoint.listening(listening) + busy
}

/** A question from a command line. */
export function exampleOf(address: string, token: string): string {
  return [
    `curl ${address}/chat/completions \\`,
    `  -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' \\`,
    `  -d '{"compute_budget": 50, "messages": [`,
    `        {"role": "user", "content": "${words().endpoint.hello}"}]}'`,
  ].join('\n')
}
