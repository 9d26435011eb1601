import type { Told } from '../../told.ts'
import { device } from './device.ts'
import { failures } from './failures.ts'
import { host } from './host.ts'
import { models } from './models.ts'
import { slider } from './slider.ts'

/** What the host and the library say in English, in German. */
export const told: Told = { ...models, ...slider, ...device, ...host, ...failures }
