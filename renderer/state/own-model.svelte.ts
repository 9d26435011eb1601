import { SvelteMap } from 'svelte/reactivity'
import type { ModelInfo } from '../../models/common/values.ts'
import type { LibraryModel, ModelId, OtherEngine } from '../../electron/contract/models.ts'
import type { Conversation, ConversationModel, EngineStatus } from '../../electron/contract/values.ts'
import type { Client } from '../connection/client.ts'
import type { Notices } from './notices.svelte.ts'

interface Rooms {
  notices: Notices
  /** On view; null: a new one. */
  conversation: () => Conversation | null
  library: () => { current: LibraryModel | null; models: readonly LibraryModel[] }
}

/** The model that the conversation on view has of its own; a new one may have it before its first message. */
export class OwnModel {
  private readonly client: Client
  private readonly rooms: Rooms
  /** Of the next new conversation. */
  private prepared = $state.raw<ModelId | null>(null)
  private readonly engines = new SvelteMap<ModelId, EngineStatus>()
  /** As they were loaded last. */
  private readonly known = new SvelteMap<ModelId, ModelInfo>()

  /** null: the app's answers. */
  readonly chosen = $derived.by(() => {
    const conversation = this.rooms.conversation()
    return conversation ? (conversation.model ?? null) : this.forNext()
  })
  /** As the library describes it; null also where the app's answers, which it may be. */
  readonly described = $derived.by(() => {
    const { current, models } = this.rooms.library()
    const id = this.chosen?.id ?? null
    return id === null || id === current?.id ? null : (models.find((model) => model.id === id) ?? null)
  })
  /** It is not on this machine. */
  readonly gone = $derived.by(() => {
    const { models } = this.rooms.library()
    if (!this.chosen || models.length === 0) return false
    return !models.some(({ id }) => id === this.chosen?.id)
  })
  /** Another than the app's answers, or is to. */
  readonly apart = $derived(this.described !== null || this.gone)

  constructor(client: Client, rooms: Rooms) {
    this.client = client
    this.rooms = rooms
    client.on('engine.other', (told) => {
      this.hear([told])
    })
  }

  get id(): ModelId | null {
    return this.chosen?.id ?? null
  }

  /** How its engine stands; null: none runs. */
  get engine(): EngineStatus | null {
    return (this.id !== null && this.engines.get(this.id)) || null
  }

  /** As it was loaded last; null before. */
  get model(): ModelInfo | null {
    return (this.id !== null && this.known.get(this.id)) || null
  }

  /** All engines beside the app's, as of now. */
  know(others: readonly OtherEngine[]): void {
    this.engines.clear()
    this.hear(others)
  }

  /** null: the app's. @returns whether it was taken */
  async choose(modelId: ModelId | null): Promise<boolean> {
    const conversation = this.rooms.conversation()
    if (conversation) {
      return this.rooms.notices.during(this.client.call('conversation.model', { id: conversation.id, modelId }))
    }
    return this.rooms.notices.during(this.prepare(modelId))
  }

  /** What a conversation that is being created is to have. */
  get forNew(): { modelId?: ModelId } {
    const id = this.forNext()?.id ?? null
    return id === null ? {} : { modelId: id }
  }

  /** It was created; the next one follows the app. */
  taken(): void {
    if (this.prepared !== null) void this.rooms.notices.during(this.prepare(null))
  }

  /** Reads what the host has kept of it. */
  async restore(): Promise<void> {
    this.prepared = await this.client.call('draft.model', {})
  }

  private async prepare(modelId: ModelId | null): Promise<void> {
    this.prepared = modelId
    await this.client.call('draft.chooseModel', { modelId })
  }

  /** One that has been removed since is none. */
  private forNext(): ConversationModel | null {
    const model = this.rooms.library().models.find(({ id }) => id === this.prepared)
    return model ? { id: model.id, name: model.name, hash: null } : null
  }

  private hear(told: readonly OtherEngine[]): void {
    for (const { modelId, status } of told) {
      if (status) this.engines.set(modelId, status)
      else this.engines.delete(modelId)
      if (status?.model) this.known.set(modelId, status.model)
    }
  }
}
