import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { DepthwiseError } from '../../models/common/errors.ts'

/** Whom the endpoint answers. */
export interface Admitted {
  token: string
  origins: readonly string[]
}

/** A page of another name that resolves to this machine (DNS rebinding) is told apart by its Host. @throws DepthwiseError FORBIDDEN */
export function expectHost({ host }: IncomingHttpHeaders, port: number): void {
  const names = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`)
  if (host !== undefined && names.includes(host.toLowerCase())) return
  throw new DepthwiseError('FORBIDDEN', `Only ${names.join(', ')} are answered here.`)
}

/** Programs send no Origin; pages always do. @throws DepthwiseError FORBIDDEN */
export function expectOrigin({ origin }: IncomingHttpHeaders, { origins }: Admitted): void {
  if (origin === undefined || origins.some((pattern) => matches(pattern, origin))) return
  throw new DepthwiseError(
    'FORBIDDEN',
    `Pages of ${origin.slice(0, 200)} may not ask this endpoint. Allow that origin in the settings of Depthwise.`,
  )
}

/** @throws DepthwiseError UNAUTHORISED */
export function expectToken({ authorization = '' }: IncomingHttpHeaders, { token }: Admitted): void {
  const given = /^Bearer +(\S+)\s*$/i.exec(authorization)?.[1] ?? ''
  if (timingSafeEqual(digest(given), digest(token))) return
  throw new DepthwiseError(
    'UNAUTHORISED',
    given === ''
      ? 'A token is needed: send “Authorization: Bearer TOKEN”, with the token from the settings of Depthwise.'
      : 'This is not the token of this endpoint. The settings of Depthwise show it.',
  )
}

/** Headers that let the page of an admitted origin read the answer. */
export function originHeaders({ origin }: IncomingHttpHeaders): Record<string, string> {
  if (origin === undefined) return {}
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': 'X-Request-Id, Retry-After',
    Vary: 'Origin',
  }
}

/** What a preflight is told: whatever headers it asks for may come. */
export function preflightHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return {
    ...originHeaders(headers),
    'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
    'Access-Control-Allow-Headers':
      headers['access-control-request-headers'] ?? 'Authorization, Content-Type, X-Compute-Budget',
    ...(headers['access-control-request-private-network'] === 'true' && {
      'Access-Control-Allow-Private-Network': 'true',
    }),
    'Access-Control-Max-Age': '600',
  }
}

/** Whether an origin is one that the pattern means; `*` in it stands for anything but a slash, alone for every origin. */
export function matches(pattern: string, origin: string): boolean {
  if (pattern === '*') return true
  const parts = pattern
    .toLowerCase()
    .split('*')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^/]*')}$`).test(origin.toLowerCase())
}

/** Of one length, whatever is given. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
