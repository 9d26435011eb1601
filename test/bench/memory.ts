import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { bundleBeside } from '../../electron/launch/build.ts'
import type { Bench, Row } from './bench.ts'
import { median, row } from './bench.ts'
import type { Long, Resident } from './memory-process.ts'
import { BUILT_IN } from './models/files.ts'
import type { Shape } from './models/shapes.ts'
import { SHAPES } from './models/shapes.ts'
import { PRECISIONS, preparedMor, preparedReal } from './ours.ts'
import type { Quantised } from './ours.ts'

const MB = 1e6
/** What may be resident: so many times weights and K/V, and so many bytes besides. */
const [FACTOR, BESIDES] = [1.3, 150 * MB]

/** What the engine keeps in memory, bundled as in the app: Node keeps more of sources whose types it strips. */
export const memory: Bench = {
  title: `Resident memory, against ${FACTOR} times weights and K/V plus 150 MB; K/V against its formula; growth`,
  async run({ long }) {
    const rows: Row[] = []
    const ask = await openProcess()
    for (const shape of SHAPES) {
      for (const precision of Object.keys(PRECISIONS) as Quantised[]) {
        await preparedMor(shape, precision)
        rows.push(...standing(`${shape.name}, ${precision}`, shape, ask('resident', shape.name, precision) as Resident))
      }
    }
    for (const precision of Object.keys(PRECISIONS) as Quantised[]) {
      await preparedReal(BUILT_IN, precision)
      rows.push(...standing(`built-in model, ${precision}`, null, ask('resident', 'built-in', precision) as Resident))
    }
    return [...rows, ...growth(ask('long', BUILT_IN, String(long)) as Long)]
  },
}

function standing(name: string, shape: Shape | null, found: Resident): Row[] {
  const limit = FACTOR * (found.weights + found.kv) + BESIDES
  return [
    row(`${name}: weights`, 'MB', [found.weights / MB]),
    row(`${name}: K/V`, 'MB', [found.kv / MB]),
    row(`${name}: resident`, 'MB', [found.resident / MB], `${(found.resident / limit).toFixed(2)} × the limit`),
    row(`${name}: K/V a token`, 'B', [found.kvPerToken], shape ? againstFormula(shape, found) : ''),
  ]
}

/** Recursion 1 writes what all recursions read: every layer of the block once, and the layers around it. */
function againstFormula(shape: Shape, { kvPerToken }: Resident): string {
  const formula = 2 * 4 * shape.kvHeads * shape.headDim * (shape.blockLayers + 2)
  return `${(kvPerToken / formula).toFixed(3)} × the formula`
}

/** Between the second and the last quarter of the answers: the first is spent on warming up. */
function growth({ resident, tokens }: Long): Row[] {
  const quarter = Math.max(1, Math.floor(resident.length / 4))
  const before = median(
    resident.slice(quarter, 2 * quarter).length > 0 ? resident.slice(quarter, 2 * quarter) : resident,
  )
  const after = median(resident.slice(-quarter))
  const name = `built-in model, int8, ${tokens} tokens in ${resident.length} answers`
  return [
    row(
      `${name}: resident`,
      'MB',
      resident.map((bytes) => bytes / MB),
    ),
    row(`${name}: last quarter less second`, 'MB', [(after - before) / MB]),
  ]
}

async function openProcess(): Promise<(...args: string[]) => unknown> {
  const file = path.join(import.meta.dirname, 'memory-process.ts')
  const folder = await bundleBeside({ 'memory-process': file }, 'bench')
  return (...args) => {
    const { stdout, status } = spawnSync(process.execPath, [path.join(folder, 'memory-process.js'), ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (status !== 0) throw new Error(`${path.basename(file)} ended with ${status}`)
    return JSON.parse(stdout) as unknown
  }
}
