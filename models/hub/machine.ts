import { DepthwiseError } from '../common/errors.ts'
import { endpointOf } from './address.ts'
import type { Watch } from './client.ts'
import { HubClient } from './client.ts'
import type { HubLimits } from './limits.ts'
import { tokenOfMachine } from './token.ts'

/**
 * A client as this machine is set up: HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE.
 * @param token that a person gave; it comes before that of the machine
 * @throws DepthwiseError HUB_REFUSED where HF_HUB_OFFLINE forbids it, BAD_ARGUMENT
 */
export function hubOfMachine(
  {
    token = null,
    limits,
    version = '0',
    watch,
  }: { token?: string | null; limits?: Partial<HubLimits>; version?: string; watch?: Watch } = {},
  environment: NodeJS.ProcessEnv = process.env,
): HubClient {
  if (/^(1|true|yes|on)$/i.test(environment.HF_HUB_OFFLINE ?? '')) {
    throw new DepthwiseError('HUB_REFUSED', 'HF_HUB_OFFLINE is set on this machine, so the Hub is not asked.')
  }
  return new HubClient({
    endpoint: endpointOf(environment),
    token: token ?? tokenOfMachine(environment),
    userAgent: `depthwise/${version}`,
    ...(limits && { limits }),
    ...(watch && { watch }),
  })
}
