import { isDeepStrictEqual } from 'node:util'
import { DepthwiseError } from '../../contract/errors.ts'
import type { Fact, Source, Table } from './tables/table.ts'
import { TABLES } from './tables/index.ts'
import { FEEDINGS } from './feeding.ts'
import type { Fixture, RecordedFact, RecordedTensor } from './fixture.ts'
import { readFixture } from './fixture.ts'
import type { Bench, Observed, Subject } from './observe.ts'
import { answer, loadSubject, observe } from './observe.ts'
import type { Report } from './report.ts'
import { relativeError } from './report.ts'

const NO_RULE = 'nothing says what it stands for in the runtime'

/**
 * Computes again what a reference implementation recorded for a model folder: logits, caches and answers on the model
 * as the app runs it, values from inside on the same model compiled with taps.
 * @throws DepthwiseError BAD_ARGUMENT, MODEL_*
 */
export async function compareFixture(folder: string, bench: Bench): Promise<Report> {
  const fixture = readFixture(folder)
  const plain = await loadSubject(folder, bench, false)
  const tapped = await loadSubject(folder, bench, true)
  try {
    const table = TABLES.get(plain.plan.family)
    if (!table) {
      const message = `There is no table of what is recorded for models of type ${plain.plan.family}.`
      throw new DepthwiseError('BAD_ARGUMENT', message, { detail: folder })
    }
    return await new Comparison(fixture, table, plain, tapped).run()
  } finally {
    await plain.release()
    await tapped.release()
  }
}

class Comparison {
  private readonly report: Report = { compared: [], notCompared: [] }
  private readonly fixture: Fixture
  private readonly table: Table
  private readonly plain: Subject
  private readonly tapped: Subject

  constructor(fixture: Fixture, table: Table, plain: Subject, tapped: Subject) {
    this.fixture = fixture
    this.table = table
    this.plain = plain
    this.tapped = tapped
  }

  async run(): Promise<Report> {
    const { tensors, facts, integers } = this.fixture
    for (const feeding of FEEDINGS) {
      const rows: Observed[] = []
      for (const ids of this.fixture.inputs) {
        const { values, kvRows } = await observe(this.plain, ids, feeding)
        const inside = await observe(this.tapped, ids, feeding)
        rows.push({ values: new Map([...inside.values, ...values]), kvRows })
      }
      for (const tensor of tensors) this.observedTensor(tensor, rows, feeding)
      for (const fact of facts) if (this.factOf(fact).kind === 'kvRows') this.kvRows(fact, rows, feeding)
    }
    for (const fact of facts) if (this.factOf(fact).kind === 'ids') await this.answered(fact)
    for (const { name } of tensors) this.leftOut(name, this.sourceOf(name))
    for (const { place, fact } of new Map(
      facts.map((f) => [f.place, { place: f.place, fact: this.factOf(f) }]),
    ).values()) {
      this.leftOut(place, fact)
    }
    for (const { name, values } of integers) {
      if (name === 'input_ids') this.identity('input', name, isDeepStrictEqual([...values], this.fixture.inputs.flat()))
      else this.leftOut(name, { kind: 'none', why: NO_RULE })
    }
    return this.report
  }

  private sourceOf(name: string): Source {
    for (const [pattern, source] of this.table.tensors) {
      const match = pattern.exec(name)
      if (match) return source(match)
    }
    return { kind: 'none', why: NO_RULE }
  }

  private factOf({ place }: RecordedFact): Fact {
    return this.table.facts.find(([pattern]) => pattern.test(place))?.[1] ?? { kind: 'none', why: NO_RULE }
  }

  /** A tensor [inputs, tokens, …], or [depths, inputs, …]; one with fewer inputs holds the first. */
  private observedTensor({ name, shape, values }: RecordedTensor, rows: readonly Observed[], how: string): void {
    const source = this.sourceOf(name)
    const of = (key: string, count: number | undefined): (Float32Array | undefined)[] =>
      rows.slice(0, count).map((row) => row.values.get(key))
    let parts: (Float32Array | undefined)[]
    if (source.kind === 'observed') parts = of(source.name, shape[0])
    else if (source.kind === 'perDepth') {
      const [depths, inputs] = shape
      parts = Array.from({ length: depths! }, (_, depth) => of(source.name(depth), inputs)).flat()
    } else return
    const error = relativeError(joined(parts), values)
    this.report.compared.push({ how, name, error, exact: false })
  }

  private kvRows({ name, value }: RecordedFact, rows: readonly Observed[], how: string): void {
    const same = rows.every((row) => isDeepStrictEqual(row.kvRows, value))
    this.identity(how, name, same)
  }

  /** A greedy answer to input `fact.index`, and the logits that its ids were chosen from where they are recorded. */
  private async answered({ name, place, index, value }: RecordedFact): Promise<void> {
    const recorded = value as number[]
    const { ids, logits } = await answer(this.plain, this.fixture.inputs[index]!, recorded.length)
    this.identity('answer', name, isDeepStrictEqual(ids, recorded))
    const call = place.split('.')[1]!
    for (const tensor of this.fixture.tensors) {
      const source = this.sourceOf(tensor.name)
      if (source.kind !== 'generated' || source.call !== call || index >= tensor.shape[0]!) continue
      const mine = tensor.values.subarray(index * logits.length, (index + 1) * logits.length)
      const error = relativeError(logits, mine)
      this.report.compared.push({ how: 'answer', name: `${tensor.name}[${index}]`, error, exact: false })
    }
  }

  private identity(how: string, name: string, same: boolean): void {
    this.report.compared.push({ how, name, error: same ? 0 : Infinity, exact: true })
  }

  private leftOut(name: string, of: Source | Fact): void {
    if (of.kind === 'none') this.report.notCompared.push({ name, why: of.why })
  }
}

/** The values of all rows, one after the other; undefined where one lacks them. */
function joined(parts: readonly (Float32Array | undefined)[]): Float32Array | undefined {
  const all: number[] = []
  for (const part of parts) {
    if (!part) return undefined
    for (const value of part) all.push(value)
  }
  return Float32Array.from(all)
}
