import type { Licences } from '../../electron/launch/licences.ts'

/** Made when the app is built (electron/launch/licences.ts); not read before it is asked for. */
export async function loadLicences(): Promise<Licences> {
  return (await import('virtual:licences')).default as Licences
}
