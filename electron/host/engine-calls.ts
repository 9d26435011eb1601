import type { CallParams } from '../contract/calls.ts'
import type { Settings } from '../contract/values.ts'
import type { Clients } from './clients.ts'
import type { Handlers } from './dispatcher.ts'
import type { Engines } from './engines.ts'
import type { HostSettings } from './settings.ts'

type EngineCall = 'settings.change' | 'engine.provider' | 'engine.cancelLoad' | 'engine.restart'

interface Concerned {
  engines: Engines
  settings: HostSettings
  clients: Clients
}

/** Settings, some of which concern the engines, and what is asked of the app's engine itself. */
export function engineHandlers({ engines, settings, clients }: Concerned): Pick<Handlers, EngineCall> {
  const { engine, generations } = engines.main
  const change = (patch: CallParams<'settings.change'>, reload: boolean): Settings => {
    if (reload) engines.expectNone()
    const after = settings.change(patch)
    clients.announce('settings.changed', after)
    if (reload) {
      engine.reload()
      engines.endOthers()
    }
    return after
  }
  return {
    'settings.change': (patch) => {
      const before = settings.read()
      const differs = (key: 'provider' | 'precision' | 'modelFolder') =>
        patch[key] !== undefined && patch[key] !== before[key]
      return change(patch, differs('provider') || differs('precision') || differs('modelFolder'))
    },
    'engine.provider': ({ provider }) => {
      change({ provider }, true)
      return null
    },
    'engine.cancelLoad': () => {
      engine.cancelLoad()
      return null
    },
    'engine.restart': () => {
      generations.expectNone()
      engine.restart('it was restarted by hand')
      return null
    },
  }
}
