import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { DepthwiseError } from '../../models/common/errors.ts'
import type { EndpointOpener } from '../host/endpoint.ts'
import { route } from './router.ts'
import { RunningAnswers } from './running.ts'

/** Clients are told at least so often that their answer is under way. */
const PING_MS = 10_000

/** IPv6's loopback is missing on some machines, which is no reason to have no endpoint. */
const NOT_THERE = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'])

/** Listens on the loopback addresses of IPv4 and, where there is one, IPv6: `localhost` may mean either. */
export const openEndpoint: EndpointOpener = (services, port) => listen(services, port, PING_MS)

/** @param pingMs milliseconds of silence in a stream that a comment ends */
export async function listen(
  services: Parameters<EndpointOpener>[0],
  port: number,
  pingMs: number,
): ReturnType<EndpointOpener> {
  const answers = new RunningAnswers(services)
  const servers = await bindBoth(port)
  const bound = (servers[0].address() as AddressInfo).port
  for (const server of servers) {
    server.on('request', (request, response) => {
      void route({ request, response, services, answers, pingMs }, bound)
    })
  }
  return {
    port: bound,
    listening: servers.map((server) => nameOf(server.address() as AddressInfo)),
    close: async () => {
      answers.stopAll()
      await Promise.all(servers.map(close))
    },
  }
}

/** @returns servers that listen on one port of all loopback addresses, IPv4's first */
async function bindBoth(port: number, attempts = 5): Promise<[http.Server, ...http.Server[]]> {
  const first = await bind('127.0.0.1', port)
  try {
    return [first, await bind('::1', (first.address() as AddressInfo).port)]
  } catch (error) {
    const code = error instanceof DepthwiseError ? error.detail : undefined
    if (code !== undefined && NOT_THERE.has(code)) return [first]
    await close(first)
    // a port that was free for IPv4 only
    if (port === 0 && attempts > 1) return bindBoth(port, attempts - 1)
    throw error
  }
}

async function bind(address: string, port: number): Promise<http.Server> {
  const server = http.createServer()
  server.listen(port, address)
  try {
    await once(server, 'listening')
    return server
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException
    const why =
      code === 'EADDRINUSE'
        ? 'another program listens there'
        : code === 'EACCES'
          ? 'the system does not allow it'
          : 'the system refuses it'
    throw new DepthwiseError('BUSY', `Port ${port} cannot be used: ${why}. Choose another port.`, {
      detail: code,
      cause,
    })
  }
}

async function close(server: http.Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

const nameOf = ({ address, family, port }: AddressInfo): string =>
  `${family === 'IPv6' ? `[${address}]` : address}:${port}`
