import { tick } from 'svelte'
import Download from '@lucide/svelte/icons/download'
import FolderIcon from '@lucide/svelte/icons/folder'
import FolderPlus from '@lucide/svelte/icons/folder-plus'
import Pencil from '@lucide/svelte/icons/pencil'
import Pin from '@lucide/svelte/icons/pin'
import PinOff from '@lucide/svelte/icons/pin-off'
import Trash2 from '@lucide/svelte/icons/trash-2'
import Upload from '@lucide/svelte/icons/upload'
import type { Folder } from '../../electron/contract/organising.ts'
import type { Conversation } from '../../electron/contract/values.ts'
import { words } from '../language/language.svelte.ts'
import type { MenuItem } from '../state/menu.svelte.ts'
import type { Organising } from '../state/organising.svelte.ts'

interface Rooms {
  organising: Organising
}

/** What can be done with one conversation. */
export function conversationMenu(conversation: Conversation, rooms: Rooms, rename: () => void): MenuItem[] {
  const { organising } = rooms
  const { id, pinned } = conversation
  return [
    { label: words().sidebar.rename, icon: Pencil, choose: rename },
    {
      label: pinned ? words().sidebar.unpin : words().sidebar.pin,
      icon: pinned ? PinOff : Pin,
      choose: () => void organising.pin(conversation),
    },
    { label: words().sidebar.move, icon: FolderIcon, items: places(conversation, organising) },
    {
      label: words().sidebar.export,
      icon: Download,
      choose: () => (organising.dialog = { kind: 'export', conversation }),
    },
    {
      label: words().sidebar.delete,
      icon: Trash2,
      danger: true,
      apart: true,
      choose: () => void deleteConversation({ ...conversation, id }, rooms),
    },
  ]
}

function places(conversation: Conversation, organising: Organising): MenuItem[] {
  const { id, folderId } = conversation
  const { folders } = organising
  const place = (label: string, to: number | null): MenuItem => ({
    label,
    checked: folderId === to,
    choose: () => void organising.move(id, to),
  })
  return [
    ...(folders.length > 0
      ? [place(words().sidebar.noFolder, null), ...folders.map(({ id: to, name }) => place(name, to))]
      : []),
    {
      label: words().sidebar.newFolder,
      icon: FolderPlus,
      apart: folders.length > 0,
      choose: () => (organising.dialog = { kind: 'folder', folder: null, conversation }),
    },
  ]
}

/** What can be done with a folder. */
export function folderMenu(folder: Folder, organising: Organising): MenuItem[] {
  const { folders } = organising
  const place = folders.findIndex(({ id }) => id === folder.id)
  const move = (label: string, to: number): MenuItem => ({
    label,
    choose: () => void organising.changeFolder(folder.id, { place: to }),
  })
  return [
    {
      label: words().sidebar.renameFolder,
      icon: Pencil,
      choose: () => (organising.dialog = { kind: 'folder', folder, conversation: null }),
    },
    ...(place > 0 ? [move(words().sidebar.moveUp, place - 1)] : []),
    ...(place < folders.length - 1 ? [move(words().sidebar.moveDown, place + 1)] : []),
    {
      label: words().sidebar.deleteFolder,
      icon: Trash2,
      danger: true,
      apart: true,
      choose: () => void organising.deleteFolder(folder.id),
    },
  ]
}

/** What can be done with all conversations. */
export function listMenu(organising: Organising): MenuItem[] {
  return [
    {
      label: words().sidebar.newFolder,
      icon: FolderPlus,
      choose: () => (organising.dialog = { kind: 'folder', folder: null, conversation: null }),
    },
    {
      label: words().sidebar.import,
      icon: Upload,
      apart: true,
      choose: () => (organising.dialog = { kind: 'import', files: [] }),
    },
    {
      label: words().sidebar.exportAll,
      icon: Download,
      choose: () => (organising.dialog = { kind: 'export', conversation: null }),
    },
    {
      label: words().sidebar.trash,
      icon: Trash2,
      apart: true,
      choose: () => (organising.dialog = { kind: 'trash' }),
    },
  ]
}

/** Deletes it; the focus goes to the conversation after it, or before it. */
export async function deleteConversation(conversation: Conversation, { organising }: Rooms): Promise<void> {
  const items = () => [...document.querySelectorAll<HTMLElement>('[data-conversation-id]')]
  const at = items().findIndex((item) => item.dataset['conversationId'] === String(conversation.id))
  if (!(await organising.delete(conversation))) return
  await tick()
  const rest = items()
  const next = rest[Math.min(at, rest.length - 1)] ?? document.querySelector<HTMLElement>('[data-testid=new-chat]')
  next?.focus()
}
