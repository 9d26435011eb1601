import { randomInt } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import * as v from 'valibot'
import type { Sampling, Turn } from '../../models/common/values.ts'
import { BudgetSchema, SamplingSchema } from '../../models/common/values.ts'
import type { Settings } from '../contract/values.ts'
import type { GenerationRequest } from '../host/generations.ts'
import type { Effort, Meaning } from './effort.ts'
import { meaningOf } from './effort.ts'
import { badField } from './errors.ts'
import { budgetOutOfRange } from './fields.ts'

/** Tokens of an answer where no bound is asked for: it ends by itself, or where the context does. */
const UNBOUNDED = 1_000_000
/** What top_p 0 means: only the likeliest token. */
const LEAST_TOP_P = 1e-6

/** What one request wants written. */
export interface Asked {
  /** A conversation, or a text to go on with as it is. */
  prompt: Turn[] | string
  sampling: Partial<Sampling>
  seed: number
  /** In percent; null: that of the settings. */
  budget: number | null
  /** null where no effort was asked for. */
  effort: Meaning | null
  /** Likeliest tokens told beside each, null: no likelihoods at all. */
  likeliest: number | null
}

interface SamplingFields {
  temperature?: number | null | undefined
  top_p?: number | null | undefined
  top_k?: number | null | undefined
  min_p?: number | null | undefined
  repeat_penalty?: number | null | undefined
  repetition_penalty?: number | null | undefined
  seed?: number | null | undefined
  compute_budget?: number | null | undefined
}

/** The parts of a request that every kind of it has. @throws DepthwiseError BAD_ARGUMENT, BUDGET_OUT_OF_RANGE */
export function readAsked(
  fields: SamplingFields,
  own: {
    prompt: Asked['prompt']
    mostTokens: number | null | undefined
    stop?: string | string[] | null | undefined
    effort: Effort | null | undefined
    likeliest: number | null
  },
  headers: IncomingHttpHeaders,
): Asked {
  const { temperature, top_p: topP, top_k: topK, min_p: minP, seed } = fields
  const repetitionPenalty = fields.repetition_penalty ?? fields.repeat_penalty
  const effort = own.effort ? meaningOf(own.effort) : null
  const given = {
    temperature,
    topK: topK === -1 ? 0 : topK,
    topP: topP === 0 ? LEAST_TOP_P : topP,
    minP,
    repetitionPenalty,
    maxTokens: own.mostTokens === -1 ? UNBOUNDED : own.mostTokens && Math.min(own.mostTokens, UNBOUNDED),
    stop: readStop(own.stop),
  }
  return {
    prompt: own.prompt,
    sampling: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== null)),
    // any whole number is a seed, as everywhere
    seed: seed === undefined || seed === null ? randomInt(2 ** 32) : seed >>> 0,
    budget: fields.compute_budget ?? budgetOfHeader(headers) ?? effort?.budget ?? null,
    effort,
    likeliest: own.likeliest,
  }
}

/** What the engine is asked for. @param budget in percent, as asked for by now */
export function requestOf(
  { prompt, sampling, seed, likeliest, effort }: Asked,
  settings: Settings,
  budget: number,
): GenerationRequest {
  return {
    turns: typeof prompt === 'string' ? [] : prompt,
    ...(typeof prompt === 'string' && { text: prompt }),
    sampling: { ...settings.sampling, ...sampling },
    seed,
    budget,
    thinking: { ...settings.thinking, ...(effort && { on: effort.think, maxTokens: effort.mostThought }) },
    ...(likeliest !== null && { likeliest }),
  }
}

function readStop(stop: string | string[] | null | undefined): string[] | undefined {
  if (stop === undefined || stop === null) return undefined
  const strings = [stop].flat().filter((text) => text !== '')
  if (!v.is(SamplingSchema.entries.stop, strings))
    throw badField('stop', 'At most 16 stop strings of at most 200 characters each can be held.')
  return strings
}

function budgetOfHeader(headers: IncomingHttpHeaders): number | null {
  const given = headers['x-compute-budget']
  if (given === undefined) return null
  const budget = String(given).trim() === '' ? Number.NaN : Number(given)
  if (!v.is(BudgetSchema, budget)) throw budgetOutOfRange('X-Compute-Budget')
  return budget
}
