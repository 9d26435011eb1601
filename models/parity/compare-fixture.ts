import { isDeepStrictEqual } from 'node:util'
import { DepthwiseError } from '../common/errors.ts'
import { concatenate } from '../formats/floats.ts'
import type { Fact, Figures, Source, Table } from './tables/table.ts'
import { TABLES } from './tables/index.ts'
import type { Feeding } from './feeding.ts'
import { FEEDINGS } from './feeding.ts'
import type { Fixture, RecordedFact, RecordedTensor } from './fixture.ts'
import { readFixture } from './fixture.ts'
import type { Answered, Observed } from './observe.ts'
import { answer, observe } from './observe.ts'
import type { Reading } from './reading.ts'
import { PLAIN } from './reading.ts'
import type { Report } from './report.ts'
import { relativeError } from './report.ts'
import type { Bench, Pair, Subject } from './subject.ts'
import { Subjects } from './subject.ts'

const NO_RULE = 'nothing says what it stands for in the runtime'

/**
 * Computes again what a reference implementation recorded for a model folder: logits, caches and answers on the model
 * as the app runs it, values from inside on the same model compiled with taps; in every way in which it was run.
 * @throws DepthwiseError BAD_ARGUMENT, MODEL_*
 */
export async function compareFixture(folder: string, bench: Bench): Promise<Report> {
  const fixture = readFixture(folder)
  const report: Report = { compared: [], notCompared: [] }
  const table = TABLES.get(String(fixture.config.model_type ?? fixture.config.family))
  if (!table) throw new DepthwiseError('BAD_ARGUMENT', 'There is no table of what is recorded for this kind of model.')
  const readings: Record<string, Reading> = { [PLAIN]: {}, ...table.readings?.(fixture) }
  const subjects = new Subjects(folder, bench, table.taps !== false)
  try {
    for (const [name, reading] of Object.entries(readings)) {
      const comparison = new Comparison(fixture, table, name, reading, report, bench.feedings ?? FEEDINGS)
      if (comparison.isNeeded) await comparison.run(await subjects.of(reading.settings, comparison.isRead))
    }
  } finally {
    await subjects.release()
  }
  leftOver(fixture, table, new Set(Object.keys(readings)), report)
  return report
}

/** What was recorded of one way of running the reference. */
class Comparison {
  private readonly report: Report
  private readonly fixture: Fixture
  private readonly name: string
  private readonly reading: Reading
  private readonly feedings: readonly Feeding[]
  private readonly tensors: { recorded: RecordedTensor; source: Source }[]
  private readonly facts: { recorded: RecordedFact; fact: Fact }[]

  constructor(
    fixture: Fixture,
    table: Table,
    name: string,
    reading: Reading,
    report: Report,
    feedings: readonly Feeding[],
  ) {
    const mine = (of: Source | Fact, shape: readonly number[] = []): boolean => readingsOf(of, shape).includes(name)
    this.report = report
    this.fixture = fixture
    this.name = name
    this.reading = reading
    this.feedings = reading.feedings ?? feedings
    this.tensors = fixture.tensors
      .map((recorded) => ({ recorded, source: sourceOf(table, recorded.name) }))
      .filter(({ recorded, source }) => mine(source, recorded.shape))
    this.facts = fixture.facts
      .map((recorded) => ({ recorded, fact: factOf(table, recorded) }))
      .filter(({ fact }) => mine(fact))
  }

  get isNeeded(): boolean {
    return this.tensors.length + this.facts.length > 0
  }

  /** Whether the inputs themselves are compared, rather than answers to them only. */
  get isRead(): boolean {
    return (
      this.tensors.some(({ source }) => source.kind !== 'generated') ||
      this.facts.some(({ fact }) => !['ids', 'chat', 'answered', 'answeredFigures'].includes(fact.kind))
    )
  }

  async run({ plain, tapped }: Pair): Promise<void> {
    for (const feeding of this.isRead ? this.feedings : []) {
      const rows: Observed[] = []
      for (const [input, ids] of this.fixture.inputs.entries()) {
        const seen = await observe(plain, ids, feeding, this.reading, input)
        const inside = tapped ? (await observe(tapped, ids, feeding, this.reading, input)).values : []
        rows.push({ ...seen, values: this.recordedOf(new Map([...inside, ...seen.values]), ids.length) })
      }
      const how = this.name === PLAIN ? feeding : `${this.name}, ${feeding}`
      for (const { recorded, source } of this.tensors) this.observedTensor(recorded, source, rows, how)
      for (const { recorded, fact } of this.facts) {
        if (fact.kind === 'kvRows') this.identity(how, recorded.name, sameRows(rows, recorded.value))
        if (fact.kind === 'seen') this.identity(how, recorded.name, fact.holds(rows, recorded))
        if (fact.kind === 'figures') this.figures(how, recorded, fact.of(rows, recorded))
      }
    }
    await this.answers(plain)
  }

  /** What was seen of an input, with those logits only that were recorded. */
  private recordedOf(values: Map<string, Float32Array>, tokens: number): Map<string, Float32Array> {
    const { logitPositions: positions } = this.fixture
    if (!positions) return values
    const logits = values.get('logits')!
    const width = logits.length / tokens
    return values.set('logits', concatenate(positions.map((at) => logits.subarray(at * width, (at + 1) * width))))
  }

  /** A tensor [inputs, tokens, …], or [depths, inputs, …]; one with fewer inputs holds the first. */
  private observedTensor(recorded: RecordedTensor, source: Source, rows: Observed[], how: string): void {
    if (source.kind === 'slices') {
      this.slices(recorded, source, rows, how)
      return
    }
    const { name, shape, values } = recorded
    const of = (key: string, count: number | undefined): (Float32Array | undefined)[] =>
      rows.slice(0, count).map((row) => row.values.get(key))
    let parts: (Float32Array | undefined)[]
    if (source.kind === 'observed') parts = of(source.name, shape[0])
    else if (source.kind === 'derived') {
      parts = rows
        .slice(0, shape[0])
        .map((row) => source.of((key) => row.values.get(key) ?? new Float32Array(0), row.plan))
    } else if (source.kind === 'perDepth') {
      const [depths, inputs] = shape
      parts = Array.from({ length: depths! }, (_, depth) => of(source.name(depth), inputs)).flat()
    } else return
    const error = relativeError(joined(parts), values)
    this.report.compared.push({ how, name, error, exact: false })
  }

  /** Those depths of a tensor [depths, inputs, …] that this reading stands for. */
  private slices(
    { name, shape, values }: RecordedTensor,
    source: Extract<Source, { kind: 'slices' }>,
    rows: Observed[],
    how: string,
  ): void {
    const [depths, ...rest] = shape
    const size = values.length / depths!
    for (let depth = 0; depth < depths!; depth++) {
      if (source.reading(depth) !== this.name) continue
      const slice = {
        name: `${name}[${depth}]`,
        shape: rest,
        values: values.subarray(depth * size, (depth + 1) * size),
      }
      this.observedTensor(slice, { kind: 'observed', name: source.name }, rows, how)
    }
  }

  /** Greedy answers to the inputs, each computed once for all that was recorded of it. */
  private async answers(plain: Subject): Promise<void> {
    const known = new Map<string, Answered>()
    const ids = this.facts.filter(({ fact }) => fact.kind === 'ids')
    for (const { recorded } of ids) {
      const { index, value, place } = recorded
      const made = await answer(plain, this.promptOf(recorded), (value as number[]).length, this.reading, index)
      known.set(`${callOf(place)} ${index}`, made)
      this.identity(this.how('answer'), recorded.name, isDeepStrictEqual(made.ids, value))
      this.answerLogits(callOf(place), index, made.logits)
    }
    for (const { recorded, fact } of this.facts) {
      if (fact.kind === 'chat') this.chat(plain, recorded)
      if (fact.kind !== 'answered' && fact.kind !== 'answeredFigures') continue
      const made = known.get(`${callOf(recorded.place)} ${recorded.index}`)
      if (fact.kind === 'answeredFigures') this.figures(this.how('answer'), recorded, made && fact.of(made, recorded))
      else this.identity(this.how('answer'), recorded.name, made !== undefined && fact.holds(made, recorded))
    }
  }

  /** What an answer answers to: a prompt of its own, or the input of its index. */
  private promptOf({ place, index }: RecordedFact): readonly number[] {
    const own = this.facts.find(
      ({ recorded, fact }) =>
        fact.kind === 'chat' && recorded.index === index && callOf(recorded.place) === callOf(place),
    )
    return own ? chatOf(own.recorded).ids : this.fixture.inputs[index]!
  }

  private chat({ tokenizer }: Subject, recorded: RecordedFact): void {
    const { text, ids } = chatOf(recorded)
    const own = tokenizer?.encodeChat([{ role: 'user', content: text }], true)
    this.identity(this.how('answer'), recorded.name, isDeepStrictEqual(own, ids))
  }

  /** The logits that an answer's ids were chosen from, where they are recorded. */
  private answerLogits(call: string, index: number, logits: Float32Array): void {
    for (const { recorded, source } of this.tensors) {
      if (source.kind !== 'generated' || source.call !== call || index >= recorded.shape[0]!) continue
      const theirs = recorded.values.subarray(index * logits.length, (index + 1) * logits.length)
      const error = relativeError(logits, theirs)
      this.report.compared.push({ how: this.how('answer'), name: `${recorded.name}[${index}]`, error, exact: false })
    }
  }

  private how(what: string): string {
    return this.name === PLAIN ? what : `${this.name}, ${what}`
  }

  private figures(how: string, { name, value }: RecordedFact, figures: ArrayLike<number> | Figures | undefined): void {
    const pair = figures && 'computed' in figures ? figures : { computed: figures, recorded: value }
    const recorded = Float32Array.from([pair.recorded].flat(Infinity) as number[])
    const error = relativeError(pair.computed && Float32Array.from(pair.computed), recorded)
    this.report.compared.push({ how, name, error, exact: false })
  }

  private identity(how: string, name: string, same: boolean): void {
    this.report.compared.push({ how, name, error: same ? 0 : Infinity, exact: true })
  }
}

/** Calls may have points in their names. */
function callOf(place: string): string {
  return /^[^.]+\.(.+?)\.sequences(?:\.|$)/.exec(place)?.[1] ?? place.split('.')[1]!
}

function chatOf({ value }: RecordedFact): { text: string; ids: number[] } {
  const [text, ids] = value as [string, number[]]
  return { text, ids }
}

/** The readings that a value is compared in. @param shape of the tensor that it is */
function readingsOf(of: Source | Fact, [depths = 0]: readonly number[]): string[] {
  if (of.kind === 'none') return []
  if (of.kind === 'slices') return Array.from({ length: depths }, (_, depth) => of.reading(depth))
  return [of.reading ?? PLAIN]
}

/** One list for all inputs, or one list for each. */
function sameRows(rows: readonly Observed[], value: unknown): boolean {
  const lists = value as number[] | number[][]
  return rows.every((row, i) => isDeepStrictEqual(row.kvRows, Array.isArray(lists[0]) ? lists[i] : lists))
}

function sourceOf(table: Table, name: string): Source {
  for (const [pattern, source] of table.tensors) {
    const match = pattern.exec(name)
    if (match) return source(match)
  }
  return { kind: 'none', why: NO_RULE }
}

function factOf(table: Table, { place }: RecordedFact): Fact {
  for (const [pattern, fact] of table.facts) {
    const match = pattern.exec(place)
    if (match) return typeof fact === 'function' ? fact(match) : fact
  }
  return { kind: 'none', why: NO_RULE }
}

/** Says of everything that is not compared why, and compares what was read itself. */
function leftOver(fixture: Fixture, table: Table, readings: ReadonlySet<string>, report: Report): void {
  const leave = (name: string, of: Source | Fact, shape: readonly number[] = []): void => {
    if (of.kind === 'none') report.notCompared.push({ name, why: of.why })
    else if (!readingsOf(of, shape).every((reading) => readings.has(reading)))
      report.notCompared.push({ name, why: NO_RULE })
  }
  for (const { name, shape } of fixture.tensors) leave(name, sourceOf(table, name), shape)
  const places = new Map(fixture.facts.map((fact) => [fact.place, factOf(table, fact)]))
  for (const [place, fact] of places) leave(place, fact)
  for (const { name, values } of fixture.integers) {
    if (name !== 'input_ids') continue
    const same = isDeepStrictEqual([...values], fixture.inputs.flat())
    report.compared.push({ how: 'input', name, error: same ? 0 : Infinity, exact: true })
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
