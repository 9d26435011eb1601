import { dense } from './dense.ts'
import type { Fixture } from '../fixture.ts'
import type { Reading } from '../reading.ts'
import type { Table } from './table.ts'
import { observed } from './table.ts'

const PREFIX = /^logits_prefix(\d+)$/

/** HRM-Text: see README-looped.md of the recordings. `logits_prefixN`: the first N tokens see each other both ways. */
export const hrmText: Table = {
  readings: ({ tensors }: Fixture) =>
    Object.fromEntries(
      tensors.flatMap(({ name }) => {
        const length = PREFIX.exec(name)?.[1]
        return length === undefined ? [] : [[prefixed(length), readingOf(Number(length))]]
      }),
    ),
  tensors: [[PREFIX, ([, length]) => observed('logits', prefixed(length!))], ...dense.tensors],
  facts: dense.facts,
}

const prefixed = (length: string): string => `prefix ${length}`

/** A token cannot see one that comes in a later pass. */
function readingOf(prefix: number): Reading {
  return { options: () => ({ prefix }), feedings: ['one pass'] }
}
