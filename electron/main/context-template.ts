import type { ContextMenuParams, MenuItemConstructorOptions } from 'electron'
import type { MainWords } from './language/en.ts'

/** What was clicked on, as far as the menu depends on it. */
export type Clicked = Pick<
  ContextMenuParams,
  'isEditable' | 'selectionText' | 'linkURL' | 'misspelledWord' | 'dictionarySuggestions'
> & { editFlags: Pick<ContextMenuParams['editFlags'], 'canCut' | 'canCopy' | 'canPaste' | 'canSelectAll'> }

export interface ContextActions {
  replaceMisspelling(word: string): void
  addToDictionary(word: string): void
  copyText(text: string): void
}

type Say = Pick<MainWords, 'context' | 'edit'>

const MOST_SUGGESTIONS = 5

/** The menu of a right click, of the menu key or of Shift+F10; empty where there is nothing to do. */
export function contextTemplate(clicked: Clicked, actions: ContextActions, say: Say): MenuItemConstructorOptions[] {
  const { isEditable, selectionText, linkURL, editFlags } = clicked
  const isSelected = selectionText.trim() !== ''
  const edit: MenuItemConstructorOptions[] = isEditable
    ? [
        { role: 'cut', label: say.edit.cut, enabled: editFlags.canCut && isSelected },
        { role: 'copy', label: say.edit.copy, enabled: editFlags.canCopy && isSelected },
        { role: 'paste', label: say.edit.paste, enabled: editFlags.canPaste },
        { role: 'selectAll', label: say.edit.selectAll, enabled: editFlags.canSelectAll },
      ]
    : [
        { role: 'copy', label: say.edit.copy, enabled: editFlags.canCopy && isSelected },
        { role: 'selectAll', label: say.edit.selectAll, enabled: editFlags.canSelectAll },
      ]
  const address = addressOf(linkURL)
  const link: MenuItemConstructorOptions[] =
    address === null
      ? []
      : [
          {
            label: linkURL.startsWith('mailto:') ? say.context.copyAddress : say.context.copyLink,
            click: () => {
              actions.copyText(address)
            },
          },
        ]
  return separated([spelling(clicked, actions, say.context), link, edit])
}

function spelling(
  { isEditable, misspelledWord, dictionarySuggestions }: Clicked,
  actions: ContextActions,
  say: Say['context'],
): MenuItemConstructorOptions[] {
  if (!isEditable || misspelledWord === '') return []
  const suggestions = dictionarySuggestions.slice(0, MOST_SUGGESTIONS).map((word) => ({
    label: verbatim(word),
    click: () => {
      actions.replaceMisspelling(word)
    },
  }))
  return [
    ...(suggestions.length > 0 ? suggestions : [{ label: say.noSuggestions, enabled: false }]),
    {
      label: say.addToDictionary(verbatim(misspelledWord)),
      click: () => {
        actions.addToDictionary(misspelledWord)
      },
    },
  ]
}

/** What is copied of a link: nothing of one to a page of the app itself. */
function addressOf(link: string): string | null {
  if (link.startsWith('mailto:')) return link.slice('mailto:'.length)
  return /^https?:/.test(link) ? link : null
}

/** An & would mark the letter behind it as the item's key. */
const verbatim = (label: string): string => label.replaceAll('&', '&&')

function separated(groups: MenuItemConstructorOptions[][]): MenuItemConstructorOptions[] {
  return groups
    .filter((group) => group.length > 0)
    .flatMap((group, index): MenuItemConstructorOptions[] => (index === 0 ? group : [{ type: 'separator' }, ...group]))
}
