import type { Engine, LoadProgress } from '../runtime/engine.ts'
import type { LoadRequest } from '../runtime/load-request.ts'
import { slowness } from '../runtime/tuning/estimate.ts'
import { interruptible } from './interruption.ts'
import { Progress } from './progress.ts'

/**
 * Loads a model for a command: progress on standard error, a word before one whose answers begin late is loaded, and a
 * signal while it is prepared leaves nothing behind.
 */
export async function loadForCommand(
  load: (request: LoadRequest, progress: LoadProgress) => Promise<Engine>,
  request: LoadRequest,
): Promise<Engine> {
  const told = new Progress()
  const engine = await interruptible(() =>
    load(request, (phase, fraction, model) => {
      if (phase === 'preparing') told.tell('Preparing', fraction)
      else if (model) {
        told.end()
        const slow = slowness(model)
        if (slow !== null) process.stderr.write(`${slow}\n`)
        told.goOn('Loading')
      }
    }),
  )
  told.end()
  return engine
}
