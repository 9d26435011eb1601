import type { Bench, Row } from './bench.ts'
import { interleaved, median, row } from './bench.ts'
import { LARGE, layersAt, SMALL } from './models/shapes.ts'
import type { Shape } from './models/shapes.ts'
import { Ours, preparedMor } from './ours.ts'

const CONTEXT = 64
const BUDGETS = [0, 12.5, 25, 37.5, 50, 62.5, 75, 87.5, 100]

/** Time per token against the layers that were really run: a straight line, and how far the times lie from it. */
export const depths: Bench = {
  title: 'Time per token against the layers really run (int4, one thread): least squares over nine budgets',
  async run({ repeats, tokens }) {
    return [...(await fitted(LARGE, repeats, tokens)), ...(await fitted(SMALL, repeats, tokens))]
  },
}

async function fitted(shape: Shape, repeats: number, tokens: number): Promise<Row[]> {
  const ours = await Ours.load(await preparedMor(shape, 'int4'), 1)
  const layers: number[] = []
  const contestants: Record<string, () => Promise<number>> = {}
  for (const [i, budget] of BUDGETS.entries()) {
    const write = await ours.decoder(budget, CONTEXT)
    contestants[`budget ${budget}`] = async () => {
      const { ms, depth } = await write(tokens)
      layers[i] = layersAt(shape, depth)
      return ms
    }
  }
  const samples = await interleaved(contestants, repeats)
  await ours.release()
  const times = Object.values(samples)
  const lines = Array.from({ length: repeats }, (_, r) =>
    line(
      layers,
      times.map((own) => own[r]!),
    ),
  )
  const whole = line(layers, times.map(median))
  return [
    ...Object.entries(samples).map(([name, own], i) =>
      row(`${shape.name}, ${name}: ${layers[i]!.toFixed(1)} layers`, 'ms/token', own),
    ),
    row(
      `${shape.name}: slope`,
      'ms/layer',
      lines.map(({ slope }) => slope),
    ),
    row(
      `${shape.name}: at no layer`,
      'ms/token',
      lines.map(({ start }) => start),
    ),
    row(`${shape.name}: largest residual of the medians`, '%', [whole.residual]),
  ]
}

/** Least squares: y = start + slope · x; `residual`: the largest, in percent of its y. */
function line(x: readonly number[], y: readonly number[]): { slope: number; start: number; residual: number } {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [mx, my] = [mean(x), mean(y)]
  const products = mean(x.map((value, i) => (value - mx) * (y[i]! - my)))
  const slope = products / mean(x.map((value) => (value - mx) ** 2))
  const start = my - slope * mx
  const residual = Math.max(...x.map((value, i) => (100 * Math.abs(start + slope * value - y[i]!)) / y[i]!))
  return { slope, start, residual }
}
