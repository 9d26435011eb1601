import { SvelteMap } from 'svelte/reactivity'
import type { Comparison, Question } from '../../electron/contract/compare.ts'
import { FEWEST_COLUMNS, MOST_COLUMNS } from '../../electron/contract/compare.ts'
import type { EngineStatus, Message } from '../../electron/contract/values.ts'
import type { Client } from '../connection/client.ts'
import { Beat } from './beat.ts'
import { CompareColumn } from './compare-column.svelte.ts'
import type { Notices } from './notices.svelte.ts'

/** Budgets of columns that are added: the first of them that no column has. */
const BUDGETS = [0, 100, 50, 25, 75]

/** The conversation that a question is asked in. */
interface Origin extends Question {
  conversationId: number
  /** So many messages stand before it. */
  before: number
  /** Of the answer that was come from. */
  seed: number | null
}

/** One question, answered in columns. */
export class Compare {
  private readonly client: Client
  private readonly notices: Notices
  private readonly beat = new Beat()
  private readonly engines = new SvelteMap<string, EngineStatus>()
  text = $state('')
  /** null: the question stands alone. */
  origin = $state.raw<Origin | null>(null)
  columns = $state.raw<readonly CompareColumn[]>([])
  /** Whether differences are shown, and from which column. */
  marked = $state(false)
  reference = $state(0)
  /** A call that begins a comparison is under way. */
  sending = $state(false)

  constructor(client: Client, notices: Notices) {
    this.client = client
    this.notices = notices
    this.columns = [this.newColumn(0), this.newColumn(100)]
    const of = (id: number) => this.columns.find((column) => column.id === id)
    client.on('engine.other', ({ modelId, status }) => {
      if (status) this.engines.set(modelId, status)
      else this.engines.delete(modelId)
    })
    client.on('compare.begun', (comparison) => {
      this.adopt(comparison)
    })
    client.on('compare.prefill', ({ columnId, done, total }) => {
      of(columnId)?.answer?.reads(done, total)
    })
    client.on('compare.tokens', ({ columnId, first, tokens, readings }) => {
      of(columnId)?.answer?.take(first, tokens, readings)
    })
    client.on('compare.budget', ({ columnId, token, budget, phase }) => {
      of(columnId)?.answer?.budgetApplied({ token, budget, phase })
    })
    client.on('compare.column', (column) => {
      of(column.id)?.adopt(column)
    })
  }

  get writing(): boolean {
    return this.columns.some(({ writing }) => writing)
  }

  /** How the engine of a column stands that is not the app's; null where it is, or has not been told. */
  engineOf(modelId: string | null): EngineStatus | null {
    return modelId === null ? null : (this.engines.get(modelId) ?? null)
  }

  get canAdd(): boolean {
    return this.columns.length < MOST_COLUMNS
  }

  get canRemove(): boolean {
    return this.columns.length > FEWEST_COLUMNS
  }

  /** Takes the question of an answer, with what stands before it. @param path from the root to the answer, which is its last */
  take(path: readonly Message[]): void {
    const [turn, answer] = path.slice(-2)
    if (turn?.role !== 'user' || !answer) return
    const { id: turnId, conversationId, parentId, text } = turn
    if (this.writing) void this.stopAll()
    for (const column of this.columns) column.forget()
    const seed = answer.generation?.seed ?? null
    this.origin = { conversationId, parentId, turnId, text, before: path.length - 2, seed }
    this.text = text
  }

  /** The question shall stand alone. */
  leaveOrigin(): void {
    this.origin = null
  }

  addColumn(): void {
    if (!this.canAdd) return
    const used = this.columns.map(({ budget }) => budget)
    this.columns = [...this.columns, this.newColumn(BUDGETS.find((budget) => !used.includes(budget)) ?? 50)]
  }

  removeColumn(column: CompareColumn): void {
    if (!this.canRemove) return
    if (column.writing) void this.stop(column)
    this.columns = this.columns.filter((other) => other !== column)
    this.reference = Math.min(this.reference, this.columns.length - 1)
  }

  async start(): Promise<void> {
    if (this.sending || this.text.trim() === '') return
    this.sending = true
    const { question, seed } = this.asked()
    const columns = this.columns.map(({ budget, modelId }) => ({ budget, modelId }))
    const begun = this.client.call('compare.begin', { question, columns, ...(seed !== null && { seed }) })
    await this.notices.during(begun)
    this.sending = false
  }

  async stop(column: CompareColumn): Promise<void> {
    if (!column.answer?.live || column.id === null) return
    await this.stopAt([column], column.id)
  }

  async stopAll(): Promise<void> {
    await this.stopAt(
      this.columns.filter(({ writing }) => writing),
      null,
    )
  }

  /** @returns the conversation that the column is an answer of now; null where that failed */
  async keep(column: CompareColumn): Promise<number | null> {
    const columnId = column.id
    if (columnId === null) return null
    let conversationId: number | null = null
    await this.notices.during(
      this.client.call('compare.keep', { columnId }).then((kept) => {
        conversationId = kept.conversationId
      }),
    )
    return conversationId
  }

  /** Reads the comparison that the host has, after a gap in what was told of it. */
  async refresh(): Promise<void> {
    await this.notices.during(
      this.client.call('compare.read', {}).then((comparison) => {
        if (comparison) this.adopt(comparison)
        else for (const column of this.columns) column.forget()
      }),
    )
  }

  private asked(): { question: Question; seed: number | null } {
    const { origin, text } = this
    if (!origin) return { question: { conversationId: null, parentId: null, turnId: null, text }, seed: null }
    const { conversationId, parentId, turnId, text: original, seed } = origin
    // another wording is another turn
    const same = text === original
    return { question: { conversationId, parentId, turnId: same ? turnId : null, text }, seed }
  }

  private adopt({ question, columns }: Comparison): void {
    const known = columns.some(({ id }) => this.columns.some((column) => column.id === id))
    if (!known) this.show(question, columns.length)
    for (const [index, told] of columns.entries()) {
      const column = this.columns.find(({ id }) => id === told.id) ?? (known ? undefined : this.columns[index])
      column?.adopt(told)
    }
  }

  /** A comparison that begins, here or in another window. */
  private show(question: Question, count: number): void {
    const { text, conversationId, parentId } = question
    this.text = text
    if (conversationId === null) this.origin = null
    else if (this.origin?.conversationId !== conversationId || this.origin.parentId !== parentId)
      this.origin = { ...question, conversationId, before: 0, seed: null }
    const more = Array.from({ length: count }, (_, index) => this.columns[index] ?? this.newColumn(50))
    this.columns = more
    this.reference = Math.min(this.reference, count - 1)
  }

  private async stopAt(columns: readonly CompareColumn[], columnId: number | null): Promise<void> {
    for (const { answer } of columns) if (answer) answer.stopping = true
    const told = await this.notices.during(this.client.call('compare.stop', { columnId }))
    if (!told) for (const { answer } of columns) if (answer) answer.stopping = false
  }

  private newColumn(budget: number): CompareColumn {
    return new CompareColumn(budget, {
      beat: this.beat,
      resync: () => void this.refresh(),
      move: (columnId, latest, matters) => {
        void this.notices.during(this.client.call('compare.budget', { columnId, budget: latest }), matters)
      },
    })
  }
}
